use std::time::Duration;

use seawall_core::Tick;

use crate::machine::Machine;
use crate::{CircuitBreaker, State};

/// A circuit as a view of the service sees it that instances share: for those who write a breaker over a
/// store.
///
/// All of it is advice. A circuit under manual control, or one that was tripped, takes none; nor does one
/// that is open because an overloaded service said when to retry, until then.
#[derive(Clone, Copy, Debug)]
pub struct Advice<'a>(pub(crate) &'a CircuitBreaker);

/// A circuit, and the numbers of all its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Advised {
    /// The state.
    pub state: State,
    /// The number of the state's period: another one is another opening.
    pub generation: u64,
    /// What the state began with.
    pub origin: Origin,
    /// When a half-open circuit has probed for as long as one probe may take, by the clock of the breaker;
    /// [`Tick::MAX`] in other states.
    pub overdue_at: Tick,
    /// Calls that succeeded, as the options judge them.
    pub succeeded: u64,
    /// Calls that failed, as the options judge them.
    pub failed: u64,
    /// Calls that were refused.
    pub refused: u64,
}

/// What a state of a circuit began with. A half-open circuit has that of the open one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The circuit's own rules, or the advice of others.
    Rules,
    /// The result of probes.
    Probes,
    /// Manual control, or a snapshot.
    Manual,
}

impl Advice<'_> {
    /// Reads the circuit, which changes nothing.
    #[must_use]
    pub fn read(&self) -> Advised {
        self.0.0.circuits.advised()
    }

    /// Opens a circuit that is closed or recovering, for as long as its options say, and returns the
    /// generation that began. Its change has the cause `shared view`.
    #[must_use = "it may be in another state"]
    pub fn open(&self) -> Option<u64> {
        let mut generation = None;
        self.0.control(|machine, at| {
            let transition = machine.open_as_advised(at);
            generation = transition.map(|_| machine.generation());
            transition
        });
        generation
    }

    /// Ends an open circuit as probes that succeed do, since another instance has probed. Its change has the
    /// cause `shared probe succeeded`.
    pub fn close(&self) {
        self.0.control(Machine::close_as_advised);
    }

    /// Has an open circuit not be probed before `until`, by the clock of the breaker, if its options would
    /// have that earlier. Replaces the hold before: [`Tick::ZERO`] ends it. Ends with this opening.
    pub fn hold_until(&self, until: Tick) {
        self.0.control(|machine, _| {
            machine.hold_as_advised(until);
            None
        });
    }

    /// Makes the next call to an open circuit a probe. Returns false if the circuit is not open or takes no
    /// advice.
    #[must_use = "it may not be probed"]
    pub fn probe(&self) -> bool {
        let mut probes = false;
        self.0.control(|machine, at| {
            probes = machine.probe_as_advised(at);
            None
        });
        probes
    }

    /// Returns how long the options would keep a circuit open of which `failed` probes have failed, with
    /// another jitter each time.
    #[must_use]
    pub fn wait_after(&self, failed: u32) -> Duration {
        let mut wait = Duration::ZERO;
        self.0.control(|machine, _| {
            wait = machine.wait_after(failed);
            None
        });
        wait
    }
}
