use std::time::Duration;

use super::{Fault, Load};

/// What happens in a simulation. The same plan gives the same run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Decides all that is random: arrivals, delays, and the clients' own random numbers.
    pub seed: u64,
    /// The number of instances.
    pub instances: usize,
    /// The time that is simulated.
    pub length: Duration,
    /// The mean time from a request to its reply. Each takes from half to one and a half of it.
    pub round_trip: Duration,
    /// The time after which a client gives up waiting for a reply.
    pub timeout: Duration,
    /// The calls that arrive.
    pub load: Load,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

impl Plan {
    /// Creates a plan of `instances` that run for `length` with a round trip of 1 ms, a timeout of 50 ms,
    /// `per_second` calls that arrive at all instances together, and no faults.
    #[must_use]
    pub const fn new(seed: u64, instances: usize, length: Duration, per_second: f64) -> Self {
        Self {
            seed,
            instances,
            length,
            round_trip: Duration::from_millis(1),
            timeout: Duration::from_millis(50),
            load: Load::even(per_second),
            faults: Vec::new(),
        }
    }

    /// Adds a fault.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }
}
