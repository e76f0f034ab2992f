use std::time::Duration;

use crate::{Component, InvalidOption, Layer, Name};

/// The options of a [`Budget`](super::Budget).
///
/// | option | meaning | default |
/// |---|---|---|
/// | `ratio` | extra calls per first attempt that succeeded | 0.2 |
/// | `floor` | extra calls a second that need no success | 1 |
/// | `ttl` | time for which a success counts | 10 s |
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BudgetOptions {
    /// The name, by default that of the target: of the breaker in front of it.
    pub name: Name,
    /// Extra calls per first attempt that succeeded: 0 to 100, in steps of a thousandth.
    pub ratio: f64,
    /// Extra calls a second that need no success: 0 to 1,000,000. Each process has as many.
    pub floor: f64,
    /// The time for which a success counts: 100 ms to one day.
    pub ttl: Duration,
}

impl BudgetOptions {
    const RATIO: std::ops::RangeInclusive<f64> = 0.0..=100.0;
    const FLOOR: std::ops::RangeInclusive<f64> = 0.0..=1e6;
    const TTL: std::ops::RangeInclusive<Duration> =
        Duration::from_millis(100)..=Duration::from_secs(86_400);

    /// Creates the default options of the budget called `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self { name: name.into(), ratio: 0.2, floor: 1.0, ttl: Duration::from_secs(10) }
    }

    /// Sets how many extra calls each first attempt that succeeded allows.
    #[must_use]
    pub const fn ratio(mut self, ratio: f64) -> Self {
        self.ratio = ratio;
        self
    }

    /// Sets how many extra calls a second need no success.
    #[must_use]
    pub const fn floor(mut self, floor: f64) -> Self {
        self.floor = floor;
        self
    }

    /// Sets the time for which a success counts.
    #[must_use]
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Checks the options.
    ///
    /// # Errors
    /// If the name is blank, or an option is not within its bounds.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.name.validate(Component::Budget)?;
        let invalid = |option, problem| {
            let layer = Layer::new(Component::Budget, self.name.clone());
            Err(InvalidOption::new(&layer, option, problem))
        };
        if !Self::RATIO.contains(&self.ratio) {
            return invalid("ratio", "must be between 0 and 100");
        }
        if !Self::FLOOR.contains(&self.floor) {
            return invalid("floor", "must be between 0 and 1,000,000 calls a second");
        }
        if !Self::TTL.contains(&self.ttl) {
            return invalid("ttl", "must be between 100 ms and one day");
        }
        Ok(())
    }

    /// Returns what one success deposits, in units.
    pub(super) fn units_per_success(&self) -> u64 {
        // A ratio such as 0.29 is a little less than that in binary.
        to_u64(self.ratio.mul_add(UNIT as f64, 1e-6))
    }

    /// Returns what the floor allows within the time for which a success counts, in units.
    pub(super) fn units_of_floor(&self) -> u64 {
        to_u64((self.floor * self.ttl.as_secs_f64()).mul_add(UNIT as f64, 1e-6))
    }
}

/// The units of one extra call.
pub(super) const UNIT: u64 = 1_000;

/// Cuts off the fraction. Negative numbers become 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn to_u64(value: f64) -> u64 {
    value as u64
}
