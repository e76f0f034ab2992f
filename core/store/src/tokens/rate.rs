use std::time::Duration;

/// A rate and a burst, in the whole numbers that the script counts with.
///
/// Time is in microseconds. A token is `unit` units, of which `per` flow in each microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    per: u64,
    unit: u64,
    burst: u64,
    span: u64,
}

/// Why a rate cannot be counted exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRate {
    /// The number of tokens is zero.
    #[error("must be at least 1")]
    Zero,
    /// The period is not a whole number of microseconds, or is zero.
    #[error("the period must be a whole number of microseconds, at least 1")]
    Period,
    /// The product of burst and period exceeds what a double holds exactly.
    #[error(
        "cannot be counted exactly: burst × period must stay below 9·10¹⁵ token microseconds, \
         reduced by what rate and period have in common; use a rounder rate, or a shorter period"
    )]
    TooLarge,
    /// More than a thousand tokens flow in each microsecond.
    #[error("cannot be counted exactly: at most 10⁹ tokens a second")]
    TooFast,
}

/// Doubles hold all whole numbers below this one.
const EXACT: u128 = 1 << 53;

impl Rate {
    /// Creates the rate of `limit` tokens per `period` with up to `burst` tokens at once, whose leases
    /// last at most `max_life`. A lease lasts for the time in which a third of the burst flows in,
    /// if that is shorter; at least 3 µs.
    ///
    /// # Errors
    /// If the script could not count it exactly.
    pub fn new(
        limit: u64,
        period: Duration,
        burst: u64,
        max_life: Duration,
    ) -> Result<Self, InvalidRate> {
        if limit == 0 || burst == 0 {
            return Err(InvalidRate::Zero);
        }
        let nanos = period.as_nanos();
        let micros = u64::try_from(nanos / 1000).map_err(|_| InvalidRate::TooLarge)?;
        if micros == 0 || !nanos.is_multiple_of(1000) {
            return Err(InvalidRate::Period);
        }
        let common = gcd(limit, micros);
        let (per, unit) = (limit / common, micros / common);
        let full = u128::from(burst) * u128::from(unit);
        if full >= EXACT {
            return Err(InvalidRate::TooLarge);
        }
        if u128::from(per) > 1000 * u128::from(unit) || u128::from(per) * LONGEST_PIECE >= EXACT {
            return Err(InvalidRate::TooFast);
        }
        let third = full / (3 * u128::from(per));
        let life = third.min(max_life.as_micros());
        let span = u64::try_from(life / 3).unwrap_or(u64::MAX).clamp(1, LONGEST_SPAN);
        Ok(Self { per, unit, burst, span })
    }

    /// Returns the largest number of tokens at once.
    #[must_use]
    pub const fn burst(&self) -> u64 {
        self.burst
    }

    /// Returns how long a lease lasts, counted from before it was asked for.
    #[must_use]
    pub const fn life(&self) -> Duration {
        Duration::from_micros(3 * self.span)
    }

    /// Returns the tokens that flow in within `time`, as a fraction.
    #[must_use]
    pub fn tokens_in(&self, time: Duration) -> f64 {
        time.as_secs_f64() * self.per_second()
    }

    /// Returns the tokens that flow in within a second, as a fraction.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.per as f64 * 1e6 / self.unit as f64
    }

    pub(super) const fn numbers(&self) -> [f64; 4] {
        [self.per as f64, self.unit as f64, self.burst as f64, self.span as f64]
    }
}

/// The longest piece of time, in microseconds, in which a share is withheld.
const LONGEST_PIECE: u128 = super::model::UNTIL_MICROS as u128;
/// A lease lasts an hour at most.
const LONGEST_SPAN: u64 = 1_200_000_000;

const fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(limit: u64, period: Duration, burst: u64) -> Result<Rate, InvalidRate> {
        Rate::new(limit, period, burst, Duration::from_secs(1))
    }

    #[test]
    fn a_rate_is_reduced() {
        let second = Duration::from_secs(1);
        let numbers = |limit, burst| rate(limit, second, burst).map(|rate| rate.numbers());
        assert_eq!(numbers(1000, 1000), Ok([1.0, 1000.0, 1000.0, 111_111.0]));
        assert_eq!(numbers(3, 3), Ok([3.0, 1e6, 3.0, 111_111.0]));
        assert_eq!(numbers(10_000_000, 30_000_000), Ok([10.0, 1.0, 3e7, 333_333.0]));
    }

    #[test]
    fn a_lease_lasts_for_a_third_of_the_burst_or_the_maximum() {
        let second = Duration::from_secs(1);
        let life = |burst| rate(1000, second, burst).map(|rate| rate.life());
        assert_eq!(life(300), Ok(Duration::from_micros(99_999)));
        assert_eq!(life(300_000), Ok(Duration::from_micros(999_999)));
        assert_eq!(life(1), Ok(Duration::from_micros(333)));
    }

    #[test]
    fn what_cannot_be_counted_exactly_is_an_error() {
        let (day, second) = (Duration::from_secs(86_400), Duration::from_secs(1));
        assert_eq!(rate(0, second, 1), Err(InvalidRate::Zero));
        assert_eq!(rate(1, second, 0), Err(InvalidRate::Zero));
        assert_eq!(rate(1, Duration::from_nanos(1500), 1), Err(InvalidRate::Period));
        assert_eq!(rate(1, Duration::ZERO, 1), Err(InvalidRate::Period));
        assert_eq!(rate(999_983, day, 999_983), Err(InvalidRate::TooLarge));
        assert_eq!(rate(1_000_000, day, 1_000_000).map(|rate| rate.burst()), Ok(1_000_000));
        assert_eq!(rate(10_u64.pow(12), second, 1), Err(InvalidRate::TooFast));
    }
}
