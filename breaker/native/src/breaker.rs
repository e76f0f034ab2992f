use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Change, Clock, Driver, Entry, Error, Exit, Guarded, Layer, Name, Refusal,
    Status, Tick, Token,
};

use crate::engine::Engine;
use crate::handle::{Circuits, Handle};
use crate::machine::{Machine, Moment};
use crate::transition::{ChangeNumbers, Transition};
use crate::verbs::impl_breaker;
use crate::{
    Advice, BreakerOptions, BreakerStatus, InvalidOption, InvalidSnapshot, Snapshot, State,
};

/// A named circuit breaker. Cheap to clone; clones are the same breaker.
///
/// By itself it runs calls with [`execute`](Self::execute). Together with other protections, it is a
/// [`Backend`] that any [`Driver`] leads calls through.
///
/// It goes by one clock: that of the driver it is given first, or else of the driver that leads its first
/// call. Calls that are led by a driver with another clock, manual control and the status are timed by
/// that clock too.
///
/// Do not call a breaker from within a call through the same breaker. While it is half-open, the outer
/// call is the probe, and the inner one is refused because no probe is left: the service is not reached,
/// so the circuit does not close.
#[derive(Clone, Debug)]
pub struct CircuitBreaker(pub(crate) Handle<Engine>);

impl_breaker!(CircuitBreaker);

impl CircuitBreaker {
    /// Starts a breaker with a closed circuit.
    ///
    /// # Errors
    /// Returns an error if an option is out of its range.
    pub fn start(options: &BreakerOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        let engine = Engine::new(options.clone(), random(), Arc::new(ChangeNumbers::new()));
        Ok(Self(Handle::new(engine, options.call_timeout)))
    }

    /// Refuses all calls until manual control changes that.
    pub fn force_open(&self) {
        self.set(State::ForcedOpen);
    }

    /// Admits all calls and counts nothing, until manual control changes that.
    pub fn disable(&self) {
        self.set(State::Disabled);
    }

    /// Admits all calls and counts them, until manual control changes that. When a rule is broken, a
    /// state change to `would_open` is emitted, once until the rule is broken anew.
    pub fn observe(&self) {
        self.set(State::Observing);
    }

    /// Closes the circuit, whatever its state, and forgets what was counted.
    pub fn reset(&self) {
        self.set(State::Closed);
    }

    /// Opens the circuit for `wait`, after which it is probed: it does not heal before that or without a
    /// probe, whatever the options say. With a `wait` of zero, the next call is a probe.
    pub fn trip(&self, wait: Duration) {
        self.control(|machine, at| machine.trip(wait, at));
    }

    fn set(&self, state: State) {
        self.control(|machine, at| machine.set(state, at));
    }

    /// Goes on under other options. What was counted stays as far as it means the same: failures within
    /// the window, in a row and among the last calls; rates if their window is the same; the results of
    /// probes if their number and the fraction that must succeed are the same.
    ///
    /// What was counted never opens the circuit by itself: one failure more is needed. Failures that a lower
    /// limit leaves out, or that options without their rule do, count again under later options.
    ///
    /// An open circuit stays open for as long as the new options say, from when it opened, unless it was
    /// [tripped](Self::trip) or an overloaded service said when to retry. Its name stays what it was.
    ///
    /// # Errors
    /// Returns an error if an option is out of its range; then nothing changes.
    pub fn reconfigure(&self, options: &BreakerOptions) -> Result<(), InvalidOption> {
        options.validate()?;
        self.control(|machine, at| {
            machine.reconfigure(Arc::new(options.clone()), at);
            None
        });
        self.0.set_call_timeout(options.call_timeout);
        Ok(())
    }

    /// Returns what is carried over a restart.
    #[must_use]
    pub fn export(&self) -> Snapshot {
        self.0.circuits.read(self.0.clock(), Machine::export)
    }

    /// Goes on where another breaker has stopped.
    ///
    /// # Errors
    /// Returns an error if no breaker can have exported `snapshot`; then nothing changes.
    pub fn import(&self, snapshot: &Snapshot) -> Result<(), InvalidSnapshot> {
        snapshot.validate()?;
        self.control(|machine, at| machine.import(snapshot, at));
        Ok(())
    }

    /// Returns the status. Reading it changes nothing.
    #[must_use]
    pub fn status(&self) -> BreakerStatus {
        self.0.circuits.describe(self.0.clock())
    }

    /// Returns the circuit as a view of the service sees it that instances share.
    #[must_use]
    pub const fn advice(&self) -> Advice<'_> {
        Advice(self)
    }

    pub(crate) fn control(&self, act: impl FnOnce(&mut Machine, Moment) -> Option<Transition>) {
        self.0.emit(self.0.circuits.control(self.0.clock(), act));
    }
}

/// Returns a number that cannot be guessed, from the standard library's source of them.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8)
}

impl Circuits for Engine {
    fn settle(&self, clock: &Clock) {
        self.settle(clock);
    }

    fn follow(&self, turn: u64, state: Option<State>, clock: &Clock) -> Vec<Change> {
        self.follow(turn, state, clock).into_iter().collect()
    }
}
