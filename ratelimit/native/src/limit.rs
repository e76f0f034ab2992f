use std::time::Duration;

use seawall_core::{InvalidOption, Layer, Limit};

use crate::any_meter::AnyMeter;
use crate::bucket::Bucket;
use crate::scale::Scale;
use crate::sliding::Sliding;
use crate::{Algorithm, Rule};

/// The longest period and refill.
const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// How a limit is counted.
pub(crate) trait Metered {
    /// Returns what counts a key that has this limit, under `rule`.
    ///
    /// # Errors
    /// If an option is invalid, or cannot be counted.
    fn meter_of_key(&self, rule: &Rule, layer: &Layer) -> Result<AnyMeter, InvalidOption>;

    /// # Errors
    /// If an option is invalid, or cannot be counted.
    fn meter(&self, algorithm: Algorithm, layer: &Layer) -> Result<AnyMeter, InvalidOption>;
}

impl Metered for Limit {
    fn meter_of_key(&self, rule: &Rule, layer: &Layer) -> Result<AnyMeter, InvalidOption> {
        match self.limit {
            // By the rule, so that usage is kept until the key is no longer blocked.
            0 => rule.limit.meter(rule.algorithm, layer).map(AnyMeter::blocked),
            _ => self.meter(rule.algorithm, layer),
        }
    }

    fn meter(&self, algorithm: Algorithm, layer: &Layer) -> Result<AnyMeter, InvalidOption> {
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
