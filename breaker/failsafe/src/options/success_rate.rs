use std::time::Duration;

/// How small a part of the calls may succeed before the circuit opens: failsafe's moving average,
/// in which a call weighs less the longer ago it was.
///
/// Nothing opens by it before a whole window has passed since the first call or since the circuit
/// last closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuccessRate {
    pub(crate) required: f64,
    pub(crate) minimum_calls: u32,
    pub(crate) window: Duration,
}

impl SuccessRate {
    /// `required`, between 0 and 1, is the part that has to succeed, of the calls in about the last
    /// `window`: whole seconds, since failsafe counts no others.
    #[must_use]
    pub const fn new(required: f64, window: Duration) -> Self {
        Self { required, minimum_calls: 5, window }
    }

    /// Below so many calls in the window, 5 if nothing is said, nothing opens by the rate.
    #[must_use]
    pub const fn minimum_calls(mut self, calls: u32) -> Self {
        self.minimum_calls = calls;
        self
    }
}
