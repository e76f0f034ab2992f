use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use seawall_core::{Backend, Change, Clock, Detail, Driver, Guarded, Key, Topic};

use crate::State;

/// What is behind a handle: one circuit, or one for each key.
pub(crate) trait Circuits: Backend + std::fmt::Debug + 'static {
    /// Goes by `clock`, unless there is one that it goes by.
    fn settle(&self, clock: &Clock);

    /// Follows a turn of a switch, unless a later one was followed: all circuits go into `state`, if
    /// there is one. Returns what has changed.
    fn follow(&self, turn: u64, state: Option<State>, clock: &Clock) -> Vec<Change>;
}

/// The body of both kinds of breaker: circuits, and how calls are led through them.
#[derive(Debug)]
pub(crate) struct Handle<C> {
    pub(crate) circuits: Arc<C>,
    driver: Driver,
    /// In nanoseconds; [`NO_TIMEOUT`] if there is none.
    call_timeout: Arc<AtomicU64>,
}

const NO_TIMEOUT: u64 = u64::MAX;

/// A breaker as a [`Control`](crate::Control) sees it: it does not keep the circuits alive.
#[derive(Debug)]
pub struct Follower {
    circuits: Weak<dyn Circuits>,
    driver: Driver,
}

impl<C: Circuits> Handle<C> {
    pub(crate) fn new(circuits: C, call_timeout: Option<Duration>) -> Self {
        let call_timeout = Arc::new(AtomicU64::new(nanos(call_timeout)));
        Self { circuits: Arc::new(circuits), driver: Driver::new(), call_timeout }
    }

    /// Changes the timeout of calls that set none, for all clones.
    pub(crate) fn set_call_timeout(&self, call_timeout: Option<Duration>) {
        self.call_timeout.store(nanos(call_timeout), Ordering::Relaxed);
    }

    pub(crate) fn with_driver(mut self, driver: Driver) -> Self {
        self.circuits.settle(driver.clock());
        self.driver = driver;
        self
    }

    /// The clock that manual control goes by until the circuits have settled on one.
    pub(crate) fn clock(&self) -> &Clock {
        self.driver.clock()
    }

    /// Begins a call through `breaker`, whose handle this is.
    #[inline]
    pub(crate) fn protect<'b, B: Backend>(&'b self, breaker: &'b B) -> Guarded<'b, B> {
        let call = self.driver.protect(breaker);
        match self.call_timeout.load(Ordering::Relaxed) {
            NO_TIMEOUT => call,
            timeout => call.timeout(Duration::from_nanos(timeout)),
        }
    }

    /// Emits what manual control has changed, as if a call had changed it. No lock may be held.
    pub(crate) fn emit(&self, changes: impl IntoIterator<Item = Change>) {
        emit(&*self.circuits, &self.driver, changes);
    }

    /// Emits a change of the circuit of `key`.
    pub(crate) fn emit_of(&self, key: Key<'_>, change: Option<Change>) {
        if let Some(change) = change {
            let (layer, topic) = (self.circuits.layer(), Topic::BreakerChanged);
            self.driver.emit_with_key(key, topic, layer, || Detail::Changed(change));
        }
    }

    pub(crate) fn follower(&self) -> Follower {
        let circuits: Weak<C> = Arc::downgrade(&self.circuits);
        Follower { circuits, driver: self.driver.clone() }
    }
}

/// Clones are the same breaker.
impl<C> Clone for Handle<C> {
    fn clone(&self) -> Self {
        let Self { circuits, driver, call_timeout } = self;
        let (circuits, call_timeout) = (Arc::clone(circuits), Arc::clone(call_timeout));
        Self { circuits, driver: driver.clone(), call_timeout }
    }
}

impl Follower {
    /// Follows a turn of a switch: see [`Circuits::follow`]. Does nothing if the breaker is gone.
    pub(crate) fn follow(&self, turn: u64, state: Option<State>) {
        if let Some(circuits) = self.circuits.upgrade() {
            emit(&*circuits, &self.driver, circuits.follow(turn, state, self.driver.clock()));
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.circuits.strong_count() > 0
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.circuits.ptr_eq(&other.circuits)
    }
}

fn nanos(timeout: Option<Duration>) -> u64 {
    timeout.and_then(|timeout| u64::try_from(timeout.as_nanos()).ok()).unwrap_or(NO_TIMEOUT)
}

fn emit(
    circuits: &(impl Circuits + ?Sized),
    driver: &Driver,
    changes: impl IntoIterator<Item = Change>,
) {
    for change in changes {
        driver.emit(Topic::BreakerChanged, circuits.layer(), || Detail::Changed(change));
    }
}
