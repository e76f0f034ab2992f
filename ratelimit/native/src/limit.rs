use std::time::Duration;

use seawall_core::{InvalidOption, Layer};

use crate::any_meter::AnyMeter;
use crate::bucket::Bucket;
use crate::scale::Scale;
use crate::sliding::Sliding;
use crate::{Algorithm, Rule};

/// Limits one key to `limit` tokens a `period`. A limit of zero blocks the key.
///
/// ```
/// use seawall_ratelimit::Limit;
/// use std::time::Duration;
///
/// let generous = Limit::new(1_000, Duration::from_secs(1)).burst(5_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub(crate) limit: u32,
    pub(crate) period: Duration,
    pub(crate) burst: Option<u32>,
}

/// The longest period and refill.
const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl Limit {
    /// Creates a limit of `limit` tokens a `period`, with a burst of as many.
    #[must_use]
    pub const fn new(limit: u32, period: Duration) -> Self {
        Self { limit, period, burst: None }
    }

    /// Sets the maximum number of tokens at once; default: the limit.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = Some(burst);
        self
    }

    /// Returns the maximum number of tokens at once.
    pub(crate) fn at_once(&self) -> u32 {
        self.burst.unwrap_or(self.limit)
    }

    /// Returns how long that many take to flow in.
    pub(crate) fn window(&self) -> Duration {
        let nanos = self.period.as_nanos() * u128::from(self.at_once());
        let nanos = nanos.div_ceil(u128::from(self.limit.max(1)));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// What counts a key that has this limit, under `rule`.
    ///
    /// # Errors
    /// If an option is invalid, or cannot be counted.
    pub(crate) fn meter_of_key(
        &self,
        rule: &Rule,
        layer: &Layer,
    ) -> Result<AnyMeter, InvalidOption> {
        match self.limit {
            // By the rule, so that usage is kept until the key is no longer blocked.
            0 => rule.limit.meter(rule.algorithm, layer).map(AnyMeter::blocked),
            _ => self.meter(rule.algorithm, layer),
        }
    }

    /// # Errors
    /// If an option is invalid, or cannot be counted.
    pub(crate) fn meter(
        &self,
        algorithm: Algorithm,
        layer: &Layer,
    ) -> Result<AnyMeter, InvalidOption> {
        let invalid = |option, problem| Err(InvalidOption::new(layer, option, problem));
        let burst = self.at_once();
        if self.period.is_zero() {
            return invalid("period", "must be longer than zero");
        }
        if self.period > CENTURY {
            return invalid("period", "must not be longer than 100 years");
        }
        if u128::from(self.limit) > self.period.as_nanos() {
            return invalid("limit", "must not be more than one a nanosecond");
        }
        if self.limit == 0 {
            return invalid("limit", "must be 1 or more");
        }
        if burst == 0 {
            return invalid("burst", "must be 1 or more");
        }
        if algorithm.is_window() && burst != self.limit {
            return invalid("burst", "is not for windows: they have their limit at once");
        }
        if self.window() > CENTURY {
            return invalid("burst", "would take more than 100 years to save up");
        }
        let (limit, period) = (self.limit, self.period);
        let window = self.window();
        Ok(AnyMeter::Bucket(match algorithm {
            Algorithm::Gcra => Bucket::new(Scale::smooth(limit, period), burst, window),
            Algorithm::PeriodicBucket | Algorithm::FixedWindow => {
                Bucket::new(Scale::stepped(limit, period), burst, window)
            }
            Algorithm::Leaky => Bucket::paced(Scale::smooth(limit, period), burst, window),
            Algorithm::SlidingWindow => {
                return Ok(AnyMeter::Sliding(Sliding::new(limit, period)));
            }
        }))
    }
}
