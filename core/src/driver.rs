use std::sync::Arc;

use crate::observer::Observers;
use crate::protection::Protection;
use crate::{Clock, Component, Detail, Event, Key, Layer, Observer, Refusal, Tick, Topic};

mod admission;
pub(crate) mod asynchronous;
pub(crate) mod blocking;
pub(crate) mod ending;
mod guarded;
mod held;
pub(crate) mod judge;
pub(crate) mod limit;
mod permit;
mod reservation;
mod stand_in;

pub use self::guarded::{Guarded, MaybeKey, NoKey, WithKey};
pub use self::permit::Permit;
pub use self::reservation::Reservation;

/// Leads calls through protections. The only thing that reads the clock, that emits events and that
/// gives back what a call holds; it pairs every admission with exactly one end.
///
/// Cheap to clone. One for a whole service will do.
///
/// ```
/// use seawall_core::{Driver, Dynamic, Error};
///
/// # async fn example() -> Result<(), Error<std::io::Error>> {
/// let driver = Driver::new();
/// let nothing = Dynamic::new("open door", vec![]).expect("no layer is not too many");
/// let answer = driver.protect(&nothing).run(async || Ok(42)).await?;
/// assert_eq!(answer, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Driver {
    clock: Clock,
    observers: Observers,
    tells_keys: bool,
}

impl Driver {
    /// A driver on the machine's clock that nobody listens to.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same driver on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The same driver with one more listener.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers = self.observers.with(Arc::new(observer));
        self
    }

    /// The same driver, whose events carry the keys of the calls they are about, where these are let
    /// through or refused. Events of how a call ended have none: a key is only borrowed to ask with.
    ///
    /// Keys may be personal data, and there may be any number of them: without this, no event has
    /// one.
    #[must_use]
    pub fn with_keys_in_events(mut self) -> Self {
        self.tells_keys = true;
        self
    }

    /// The clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A call through `protection`, to be described further and then run.
    #[inline]
    pub fn protect<'p, P: Protection>(&'p self, protection: &'p P) -> Guarded<'p, P> {
        Guarded::new(self, protection)
    }

    /// Tells the observers. The detail is made only if there are any.
    pub fn emit<'e>(&self, topic: Topic, layer: &'e Layer, detail: impl FnOnce() -> Detail<'e>) {
        self.emit_of(None, topic, layer, detail);
    }

    /// Tells the observers of a call with that key.
    fn emit_of<'e>(
        &self,
        key: Option<Key<'e>>,
        topic: Topic,
        layer: &'e Layer,
        detail: impl FnOnce() -> Detail<'e>,
    ) {
        if !self.observers.is_empty() {
            let key = key.filter(|_| self.tells_keys);
            self.tell(topic, layer, self.clock.now(), detail(), key);
        }
    }

    #[cold]
    fn tell(
        &self,
        topic: Topic,
        layer: &Layer,
        at: Tick,
        detail: Detail<'_>,
        key: Option<Key<'_>>,
    ) {
        self.observers.tell(&Event { key, ..Event::new(topic, layer, at, detail) });
    }

    /// Does anybody listen?
    #[inline]
    #[must_use]
    pub fn is_observed(&self) -> bool {
        !self.observers.is_empty()
    }

    /// Tells the observers that `refusal` was given.
    pub fn emit_refusal(&self, refusal: &Refusal) {
        self.emit_refusal_of(None, refusal);
    }

    fn emit_refusal_of(&self, key: Option<Key<'_>>, refusal: &Refusal) {
        let layer = refusal.by();
        if let Some(topic) = Topic::refused(layer.component(), refusal.kind()) {
            self.emit_of(key, topic, layer, || Detail::Refused(refusal));
        }
    }

    fn emit_change(&self, layer: &Layer, change: Option<crate::Change>) {
        let Some(change) = change else { return };
        if layer.component() == Component::CircuitBreaker {
            self.emit(Topic::BreakerChanged, layer, || Detail::Changed(change));
        }
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("clock", &self.clock).finish_non_exhaustive()
    }
}
