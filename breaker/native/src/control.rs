use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::breaker::WeakBreaker;
use crate::keyed::WeakKeyed;
use crate::{CircuitBreaker, KeyedBreaker, State};

/// One switch for many circuit breakers, those with a circuit for each key among them. Cheap to clone;
/// clones are the same switch.
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
    breakers: Vec<WeakFollower>,
}

/// A breaker that follows the switch.
enum Follower {
    Single(CircuitBreaker),
    Keyed(KeyedBreaker),
}

#[derive(Debug)]
enum WeakFollower {
    Single(WeakBreaker),
    Keyed(WeakKeyed),
}

impl Control {
    /// A switch with nothing attached, that lets breakers work by themselves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `breaker` follow the switch from now on, for as long as it lives.
    pub fn attach(&self, breaker: &CircuitBreaker) {
        self.take(&Follower::Single(breaker.clone()));
    }

    /// Has `breaker` follow the switch from now on with the circuits of all keys, for as long as it lives.
    pub fn attach_keyed(&self, breaker: &KeyedBreaker) {
        self.take(&Follower::Keyed(breaker.clone()));
    }

    /// Lets `breaker` go, in the state that it is in.
    pub fn detach(&self, breaker: &CircuitBreaker) {
        self.lock().let_go(&Follower::Single(breaker.clone()));
    }

    /// Lets `breaker` go, with each circuit in the state that it is in.
    pub fn detach_keyed(&self, breaker: &KeyedBreaker) {
        self.lock().let_go(&Follower::Keyed(breaker.clone()));
    }

    fn take(&self, breaker: &Follower) {
        let mut switch = self.lock();
        switch.let_go(breaker);
        switch.breakers.push(breaker.downgrade());
        let position = switch.position;
        drop(switch);
        if let Some(position) = position {
            breaker.set(position);
        }
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
        let breakers: Vec<_> = switch.breakers.iter().filter_map(WeakFollower::upgrade).collect();
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

impl Switch {
    /// Forgets `breaker`, and those that live no more.
    fn let_go(&mut self, breaker: &Follower) {
        let stays = |known: &WeakFollower| known.upgrade().is_some_and(|known| !known.is(breaker));
        self.breakers.retain(stays);
    }
}

impl Follower {
    fn set(&self, state: State) {
        match self {
            Self::Single(breaker) => breaker.set(state),
            Self::Keyed(breaker) => breaker.set_all(state),
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Single(one), Self::Single(other)) => one.is(other),
            (Self::Keyed(one), Self::Keyed(other)) => one.is(other),
            _ => false,
        }
    }

    fn downgrade(&self) -> WeakFollower {
        match self {
            Self::Single(breaker) => WeakFollower::Single(breaker.downgrade()),
            Self::Keyed(breaker) => WeakFollower::Keyed(breaker.downgrade()),
        }
    }
}

impl WeakFollower {
    fn upgrade(&self) -> Option<Follower> {
        match self {
            Self::Single(breaker) => breaker.upgrade().map(Follower::Single),
            Self::Keyed(breaker) => breaker.upgrade().map(Follower::Keyed),
        }
    }
}
