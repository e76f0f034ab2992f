use std::time::Duration;

use crate::{InvalidOption, Layer};

/// A timeout that follows the times that calls take: `factor` × the quantile `quantile`, within `min` and
/// `max`.
///
/// | option | meaning | default |
/// |---|---|---|
/// | `quantile` | share of calls that take no longer | 0.999 |
/// | `factor` | what the quantile is multiplied with | 2 |
/// | `min` | shortest timeout | 100 ms |
/// | `max` | longest timeout | 5 s |
/// | `observe` | calls that take longer are only counted | false |
///
/// The quantile is that of the last minute: see [`LatencySketch`](super::LatencySketch). It is computed
/// anew once a second, or after 256 calls but at most ten times a second.
///
/// - With fewer than 500 calls, the timeout is `max`.
/// - Attempt *n* has 2ⁿ⁻¹ times as long, at most `max`.
/// - If more calls are cut than the quantile can tell, the timeout doubles each time.
/// - If 8 of the last 32 calls were cut, it doubles at once: after a change of latency by ten, few calls are
///   cut wrongly.
/// - It falls by at most a tenth each time, and does not fall while the service says that it is
///   overloaded.
///
/// If more calls hang than `quantile` leaves over, the timeout ends at `max`: that is what the quantile
/// means. Leave such calls to a circuit breaker.
///
/// A thread cannot be cut: see [`run_blocking`](crate::GuardedVia::run_blocking). Calls that fail fast are
/// not counted, since fast failures are no fast answers; nor are refusals.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct QuantileTimeout {
    /// The share of calls that take no longer: 0.5 to 0.9999.
    pub quantile: f64,
    /// What the quantile is multiplied with: 1 to 100.
    pub factor: f64,
    /// The shortest timeout, at least 1 ms.
    pub min: Duration,
    /// The longest timeout, at least `min`, at most one day.
    pub max: Duration,
    /// True if calls that take longer are only counted.
    pub observe: bool,
}

impl QuantileTimeout {
    /// The number of calls that it needs.
    pub(super) const CALLS: u64 = 500;
    const LONGEST: Duration = Duration::from_secs(86_400);

    /// Creates the default.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            quantile: 0.999,
            factor: 2.0,
            min: Duration::from_millis(100),
            max: Duration::from_secs(5),
            observe: false,
        }
    }

    /// Sets the share of calls that take no longer.
    #[must_use]
    pub const fn quantile(mut self, share: f64) -> Self {
        self.quantile = share;
        self
    }

    /// Sets what the quantile is multiplied with.
    #[must_use]
    pub const fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// Sets the shortest timeout.
    #[must_use]
    pub const fn min(mut self, min: Duration) -> Self {
        self.min = min;
        self
    }

    /// Sets the longest timeout.
    #[must_use]
    pub const fn max(mut self, max: Duration) -> Self {
        self.max = max;
        self
    }

    /// Sets whether calls that take longer are only counted, in [`Policy::observations`](super::Policy::observations), and not
    /// cut.
    #[must_use]
    pub const fn observe(mut self, observe: bool) -> Self {
        self.observe = observe;
        self
    }

    /// Checks the options, for the policy of `layer`.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub fn validate(&self, layer: &Layer) -> Result<(), InvalidOption> {
        let invalid = |option, problem| Err(InvalidOption::new(layer, option, problem));
        if !(0.5..=0.9999).contains(&self.quantile) {
            return invalid("quantile", "must be between 0.5 and 0.9999");
        }
        if !(1.0..=100.0).contains(&self.factor) {
            return invalid("factor", "must be between 1 and 100");
        }
        if self.min < Duration::from_millis(1) {
            return invalid("min", "must be 1 ms or more");
        }
        if !(self.min..=Self::LONGEST).contains(&self.max) {
            return invalid("max", "must be between `min` and one day");
        }
        Ok(())
    }

    /// Returns the timeout for this quantile.
    pub(super) fn of(&self, quantile: Duration) -> Duration {
        let seconds = self.factor * quantile.as_secs_f64();
        Duration::try_from_secs_f64(seconds).unwrap_or(self.max).clamp(self.min, self.max)
    }
}

impl Default for QuantileTimeout {
    fn default() -> Self {
        Self::new()
    }
}
