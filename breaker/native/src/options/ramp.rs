use std::time::Duration;

/// How traffic rises once the probes have succeeded: from nothing to all of it, evenly, while a few
/// calls a second go through in any case.
///
/// A failure on the way counts as in a closed circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    pub(crate) over: Duration,
    pub(crate) floor: u32,
}

impl Ramp {
    /// All traffic after `over`, and `floor` calls a second at the least. Without a floor, a service
    /// with few calls would seem to be down for all of that time.
    ///
    /// A call that is held back is told to wait until the floor lets the next one through; without a
    /// floor, until all go through again, though one that asks sooner may be among the share.
    #[must_use]
    pub const fn new(over: Duration, floor: u32) -> Self {
        Self { over, floor }
    }
}
