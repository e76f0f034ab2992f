use std::time::Duration;

/// How traffic rises once the probes have succeeded: evenly from nothing to all of it, while a few
/// calls a second are admitted in any case.
///
/// A failure during the ramp counts as in a closed circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    pub(crate) over: Duration,
    pub(crate) floor: u32,
}

impl Ramp {
    /// Creates a ramp that admits all traffic after `over`, and at least `floor` calls a second before
    /// that. Without a floor, a service with few calls would seem to be down for all of that time.
    ///
    /// The `retry_after` of a refused call is the time until the floor admits the next one; without a
    /// floor, the time until the ramp is over, though a call that comes sooner may be admitted.
    #[must_use]
    pub const fn new(over: Duration, floor: u32) -> Self {
        Self { over, floor }
    }
}
