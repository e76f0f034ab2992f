use std::sync::Arc;

use crate::observer::Observers;
use crate::protection::Protection;
use crate::{
    Change, Clock, Component, Detail, Event, Interest, Key, Layer, Name, Observer, Refusal, Topic,
};

use self::context::Context;
use self::watch::Watch;

mod access;
mod admission;
#[cfg(feature = "pool")]
pub(crate) mod asynchronous;
mod attempts;
pub(crate) mod blocking;
pub(crate) mod context;
mod cut;
mod driving;
pub(crate) mod ending;
mod entering;
mod fallback;
mod fallback_to;
mod finish;
mod guarded;
mod handle;
mod held;
pub(crate) mod judge;
mod keep;
pub(crate) mod limit;
mod permit;
mod place;
mod race;
mod request;
mod reservation;
mod run;
mod stand_in;
mod start;
mod waiting;
mod watch;

pub use self::access::{Access, Borrowed, Lent, Owned};
pub use self::attempts::{InAttempt, WithPolicy};
pub use self::driving::Driving;
pub use self::entering::Entering;
pub use self::fallback_to::FallbackTo;
pub use self::guarded::{
    Guarded, GuardedVia, HeldFuture, MaybeKey, NoKey, OwnedGuarded, RunFuture, WithKey,
};
pub use self::handle::{Handle, WeakHandle};
pub use self::judge::{Holding, Nested, Plain};
pub use self::keep::Keep;
pub use self::permit::{OwnedPermit, Permit, PermitVia};
pub use self::place::Place;
pub use self::race::{InRace, Race};
pub use self::reservation::{OwnedReservation, Reservation, ReservationVia};
pub use self::run::Run;
pub use self::start::{Given, Make};

/// Sends calls through protections. Only the driver reads the clock, emits events and returns what a
/// call holds; it pairs every admission with exactly one end.
///
/// Cheap to clone; one driver serves a whole program.
///
/// ```
/// use seawall_core::{Driver, Dynamic, Error};
///
/// # async fn example() -> Result<(), Error<std::io::Error>> {
/// let driver = Driver::new();
/// let nothing = Dynamic::new("unprotected", vec![]).expect("valid");
/// let answer = driver.protect(&nothing).run(async || Ok(42)).await?;
/// assert_eq!(answer, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Driver {
    clock: Clock,
    observers: Observers,
    /// What is emitted of calls.
    watch: Watch,
    keys_in_events: bool,
    namespace: Option<Name>,
}

impl Driver {
    /// Creates a driver on the system's clock, without observers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Adds an observer.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers = self.observers.with(Arc::new(observer));
        self.watch = match self.is_observed() {
            true if self.observers.receive(Interest::Calls) => Watch::Calls,
            true => Watch::Ends,
            false => Watch::Nothing,
        };
        self
    }

    /// Sets the namespace that all events have: which of several sets of components in one program they
    /// are about.
    #[must_use]
    pub fn with_namespace(mut self, namespace: impl Into<Name>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Puts the keys of calls in their events: admissions, refusals, ends and state changes. Each call
    /// with a key then allocates a copy of it, if there are observers.
    ///
    /// Keys may be personal data, and there may be any number of them. By default, no event has one.
    #[must_use]
    pub fn with_keys_in_events(mut self) -> Self {
        self.keys_in_events = true;
        self
    }

    /// Returns the clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns a call through `protection`, to be described further and then run.
    #[inline(always)]
    pub fn protect<'p, P: Protection>(&'p self, protection: &'p P) -> Guarded<'p, P> {
        GuardedVia::new(Borrowed { driver: self, protection })
    }

    /// Returns the namespace, if there is one.
    #[must_use]
    pub const fn namespace(&self) -> Option<&Name> {
        self.namespace.as_ref()
    }

    /// Returns true if there are observers that receive events of calls.
    #[inline]
    #[must_use]
    pub fn is_observed(&self) -> bool {
        self.observers.receive(Interest::Changes)
    }

    /// Returns true if both are clones of one driver: they have the same observers, which are at least one.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.observers.are_same(&other.observers)
    }

    /// Emits an event that no call caused. `detail` is called only if there are observers.
    pub fn emit<'e>(&self, topic: Topic, layer: &'e Layer, detail: impl FnOnce() -> Detail<'e>) {
        self.emit_in(Context::NONE, topic, layer, detail);
    }

    /// Emits an event about `key`, which it has only if this driver puts keys in events. `detail` is
    /// called only if there are observers.
    pub fn emit_with_key<'e>(
        &self,
        key: Key<'e>,
        topic: Topic,
        layer: &'e Layer,
        detail: impl FnOnce() -> Detail<'e>,
    ) {
        self.emit_in(Context { key: Some(key), ..Context::NONE }, topic, layer, detail);
    }

    /// Emits that `refusal` was given.
    pub fn emit_refusal(&self, refusal: &Refusal) {
        self.emit_refusal_in(Context::NONE, refusal);
    }

    #[inline]
    fn emit_in<'e>(
        &self,
        context: Context<'e>,
        topic: Topic,
        layer: &'e Layer,
        detail: impl FnOnce() -> Detail<'e>,
    ) {
        if self.observers.receive(topic.interest()) {
            self.tell(context, topic, layer, detail);
        }
    }

    #[cold]
    fn tell<'e>(
        &self,
        context: Context<'e>,
        topic: Topic,
        layer: &'e Layer,
        detail: impl FnOnce() -> Detail<'e>,
    ) {
        let key = context.key.filter(|_| self.keys_in_events);
        let event = Event::new(topic, layer, self.clock.now(), detail());
        let Context { protection, attempt, .. } = context;
        let namespace = self.namespace.as_deref();
        self.observers.tell(&Event { protection, namespace, key, attempt, ..event });
    }

    fn emit_refusal_in(&self, context: Context<'_>, refusal: &Refusal) {
        let layer = refusal.by();
        if let Some(topic) = Topic::refused(layer.component(), refusal.kind()) {
            self.emit_in(context, topic, layer, || Detail::Refused(refusal));
        }
    }

    fn emit_change_in(&self, context: Context<'_>, layer: &Layer, change: Option<Change>) {
        let Some(change) = change else { return };
        if layer.component() == Component::CircuitBreaker {
            self.emit_in(context, Topic::BreakerChanged, layer, || Detail::Changed(change));
        }
    }
}

crate::__debug! { impl Driver: self { clock: self.clock } }
