use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::breaker::WeakBreaker;
use crate::{CircuitBreaker, State};

/// One switch for many circuit breakers. Cheap to clone; clones are the same switch.
///
/// ```
/// use seawall_breaker::{BreakerOptions, CircuitBreaker, Control, State};
///
/// let maintenance = Control::new();
/// let cards = CircuitBreaker::start(&BreakerOptions::new("cards"))?;
/// let mail = CircuitBreaker::start(&BreakerOptions::new("mail"))?;
/// maintenance.attach(&cards);
/// maintenance.force_open();
/// maintenance.attach(&mail); // takes the position that the switch is in
/// assert_eq!([cards.status().state, mail.status().state], [State::ForcedOpen; 2]);
/// maintenance.resume();
/// assert_eq!([cards.status().state, mail.status().state], [State::Closed; 2]);
/// # Ok::<(), seawall_breaker::InvalidOption>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<Mutex<Switch>>);

#[derive(Debug, Default)]
struct Switch {
    /// Where it stands, unless breakers work by themselves.
    position: Option<State>,
    breakers: Vec<WeakBreaker>,
}

impl Control {
    /// A switch with nothing attached, that lets breakers work by themselves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `breaker` follow the switch from now on, for as long as it lives.
    pub fn attach(&self, breaker: &CircuitBreaker) {
        let mut switch = self.lock();
        switch.breakers.retain(|known| known.upgrade().is_some_and(|known| !known.is(breaker)));
        switch.breakers.push(breaker.downgrade());
        let position = switch.position;
        drop(switch);
        if let Some(position) = position {
            breaker.set(position);
        }
    }

    /// Lets `breaker` go, in the state that it is in.
    pub fn detach(&self, breaker: &CircuitBreaker) {
        let stays = |known: &WeakBreaker| known.upgrade().is_some_and(|known| !known.is(breaker));
        self.lock().breakers.retain(stays);
    }

    /// Has all refuse their calls: [`CircuitBreaker::force_open`].
    pub fn force_open(&self) {
        self.turn(Some(State::ForcedOpen));
    }

    /// Has all let their calls through and count nothing: [`CircuitBreaker::disable`].
    pub fn disable(&self) {
        self.turn(Some(State::Disabled));
    }

    /// Has all let their calls through and count: [`CircuitBreaker::observe`].
    pub fn observe(&self) {
        self.turn(Some(State::Observing));
    }

    /// Lets all work by themselves again, closed and with nothing counted.
    pub fn resume(&self) {
        self.turn(None);
    }

    fn turn(&self, position: Option<State>) {
        let mut switch = self.lock();
        switch.position = position;
        let breakers: Vec<_> = switch.breakers.iter().filter_map(WeakBreaker::upgrade).collect();
        // Observers are told as breakers turn, and may use this switch.
        drop(switch);
        for breaker in breakers {
            breaker.set(position.unwrap_or(State::Closed));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Switch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
