use std::time::Duration;

/// Opens the circuit by a low success rate: failsafe's moving average, in which older calls weigh
/// less.
///
/// The circuit cannot open by it until a whole window has passed since the first call or since it
/// last closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuccessRate {
    pub(crate) required: f64,
    pub(crate) minimum_calls: u32,
    pub(crate) window: Duration,
}

impl SuccessRate {
    /// Requires the fraction `required` of the calls in about the last `window` to succeed.
    /// `required` is between 0 and 1, `window` in whole seconds, because failsafe ignores
    /// fractions.
    #[must_use]
    pub const fn new(required: f64, window: Duration) -> Self {
        Self { required, minimum_calls: 5, window }
    }

    /// Sets the number of calls in the window below which the circuit does not open. Default: 5.
    #[must_use]
    pub const fn minimum_calls(mut self, calls: u32) -> Self {
        self.minimum_calls = calls;
        self
    }
}
