use std::time::Duration;

use seawall_core::Tick;

use crate::spent::Spent;

/// How time makes tokens: the *position* of the flow at a time, in units of 2⁻ᶠ tokens.
///
/// `f` is chosen so that between one and two units flow in a nanosecond. So a position fits 64 bits
/// for 190 years, and a token is a whole number of units. Positions are exact, rounded down to a
/// unit, which flows in a nanosecond at most.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    rate: Rate,
    /// A token is 2 to the power of this, in units.
    unit_bits: u32,
    /// The units of a period.
    units: u64,
    /// The period.
    nanos: u64,
    /// Nanoseconds a unit, times 2⁶⁴, nearly.
    pace: u64,
    last: Tick,
    /// Whether tokens come all at once, as a period begins.
    stepped: bool,
}

/// Units a nanosecond, times 2¹²⁶ and rounded up, as two halves. The error is less than the least
/// difference between a position and the next unit, so none is left when that is rounded down.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    upper: u64,
    lower: u64,
}

impl Rate {
    fn new(units: u64, nanos: u64) -> Self {
        let (units, nanos) = (u128::from(units) << 62, u128::from(nanos));
        let (upper, rest) = (units / nanos, units % nanos);
        Self { upper: low(upper), lower: low((rest << 64).div_ceil(nanos)) }
    }

    #[inline]
    fn times(self, nanos: u64) -> u64 {
        let times = |half: u64| u128::from(nanos) * u128::from(half);
        low((times(self.upper) + (times(self.lower) >> 64)) >> 62)
    }
}

/// The last position: a bucket that takes a century to fill can be added to it.
const LAST_POSITION: u128 = 12_000_000_000_000_000_000;

/// A century is shorter.
const LONGEST_PERIOD: u64 = 1 << 62;

impl Scale {
    /// `limit` tokens a `period`, evenly: one a nanosecond at most, and a period of a century at
    /// most, which [`Limit`](crate::Limit) sees to.
    pub(crate) fn smooth(limit: u32, period: Duration) -> Self {
        let nanos = nanos(period).max(1);
        let unit_bits = (2 * nanos / u64::from(limit).max(1)).max(1).ilog2();
        let units = u64::from(limit.max(1)) << unit_bits;
        let last = LAST_POSITION * u128::from(nanos) / u128::from(units);
        let last = Tick::from_nanos(u64::try_from(last).unwrap_or(u64::MAX).min(1 << 63));
        let pace = u64::try_from((u128::from(nanos) << 64) / u128::from(units)).unwrap_or(u64::MAX);
        Self { rate: Rate::new(units, nanos), unit_bits, units, nanos, pace, last, stepped: false }
    }

    /// `limit` tokens at once as each `period` begins.
    pub(crate) fn stepped(limit: u32, period: Duration) -> Self {
        Self { stepped: true, ..Self::smooth(limit, period) }
    }

    /// The position of the flow at `now`.
    #[inline]
    pub(crate) fn position(&self, now: Tick) -> u64 {
        match self.stepped {
            false => self.flow(now),
            true => {
                let nanos = now.min(self.last).as_nanos();
                (nanos / self.nanos).saturating_mul(self.units)
            }
        }
    }

    /// The position of a flow without steps.
    #[inline]
    pub(crate) fn flow(&self, now: Tick) -> u64 {
        self.rate.times(now.min(self.last).as_nanos())
    }

    /// Returns true if tokens come all at once, as a period begins.
    #[inline]
    pub(crate) const fn is_stepped(&self) -> bool {
        self.stepped
    }

    /// The units that flow in a period.
    pub(crate) const fn step(&self) -> u64 {
        self.units
    }

    /// The last time that is told from later ones: 190 years or more after the clock's origin.
    pub(crate) fn last(&self) -> Tick {
        self.last
    }

    /// Returns when the flow is at `position` or past it.
    #[inline]
    pub(crate) fn reached(&self, position: u64) -> Tick {
        if self.stepped {
            let periods = position.div_ceil(self.units);
            return Tick::from_nanos(periods.saturating_mul(self.nanos));
        }
        // Multiplied in place of divided, which takes a tenth of the time. That is too soon by a few
        // nanoseconds, if at all; in each of them flows at least a unit.
        let mut nanos = low((u128::from(position) * u128::from(self.pace)) >> 64);
        loop {
            match position.saturating_sub(self.rate.times(nanos)) {
                0 => return Tick::from_nanos(nanos),
                1 => return Tick::from_nanos(nanos + 1),
                _ => nanos += 1,
            }
        }
    }

    /// `tokens`, in units.
    #[inline]
    pub(crate) fn units(&self, tokens: u32) -> u64 {
        self.many_units(tokens.into())
    }

    /// `tokens`, in units.
    #[inline]
    pub(crate) fn many_units(&self, tokens: u64) -> u64 {
        tokens.saturating_mul(1 << self.unit_bits)
    }

    /// `units`, in whole tokens.
    pub(crate) fn tokens(&self, units: u64) -> u64 {
        units >> self.unit_bits
    }

    /// `units`, in those of [`Spent`].
    pub(crate) fn worth(&self, units: u64) -> u128 {
        u128::from(units) * (Spent::TOKEN >> self.unit_bits)
    }

    /// The units that are worth as much, in those of [`Spent`], rounded up.
    pub(crate) fn units_worth(&self, worth: u128) -> u64 {
        u64::try_from(worth.div_ceil(Spent::TOKEN >> self.unit_bits)).unwrap_or(u64::MAX)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).min(LONGEST_PERIOD)
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "63 bits times 63 bits, less 62; a rest over its divisor"
)]
#[inline]
const fn low(number: u128) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CENTURY: u64 = 100 * 365 * 24 * 3600 * 1_000_000_000;

    fn rules() -> impl Strategy<Value = (u32, u64)> {
        let limit = prop_oneof![1..10_u32, 1..=u32::MAX];
        let nanos = prop_oneof![1..10_000_000_000_u64, 1..=CENTURY];
        (limit, nanos).prop_filter("a token a nanosecond at most", |(limit, nanos)| {
            u64::from(*limit) <= *nanos
        })
    }

    proptest! {
        #[test]
        fn a_position_is_exact(
            (limit, period) in rules(), nanos in 0..2 * CENTURY - CENTURY / 5,
        ) {
            let scale = Scale::smooth(limit, Duration::from_nanos(period));
            let position = u128::from(scale.position(Tick::from_nanos(nanos)));
            let units = u128::from(limit) << scale.unit_bits;
            prop_assert_eq!(position, units * u128::from(nanos) / u128::from(period));
            prop_assert!((1..=2).contains(&(units / u128::from(period))));
        }

        #[test]
        fn a_position_is_reached_at_that_time_and_not_before(
            (limit, period) in rules(), nanos in 0..2 * CENTURY - CENTURY / 5, stepped in any::<bool>(),
        ) {
            let make = if stepped { Scale::stepped } else { Scale::smooth };
            let scale = make(limit, Duration::from_nanos(period));
            let position = scale.position(Tick::from_nanos(nanos));
            let reached = scale.reached(position).as_nanos();
            prop_assert!(reached <= nanos);
            prop_assert_eq!(scale.position(Tick::from_nanos(reached)), position);
            if reached > 0 {
                prop_assert!(scale.position(Tick::from_nanos(reached - 1)) < position);
            }
        }

        #[test]
        fn positions_end_where_a_century_can_be_added_and_not_before_190_years(
            (limit, period) in rules(),
        ) {
            let scale = Scale::smooth(limit, Duration::from_nanos(period));
            let last = u128::from(scale.position(Tick::MAX));
            prop_assert!(last <= LAST_POSITION);
            let years = scale.last().as_nanos() / (CENTURY / 100);
            prop_assert!((190..=292).contains(&years), "{} years", years);
            prop_assert_eq!(scale.position(scale.last()), scale.position(Tick::MAX));
        }

        #[test]
        fn what_units_are_worth_is_theirs((limit, period) in rules(), units: u64) {
            let scale = Scale::smooth(limit, Duration::from_nanos(period));
            prop_assert_eq!(scale.units_worth(scale.worth(units)), units);
        }
    }

    #[test]
    fn the_extremes_fit() {
        let century = Duration::from_secs(100 * 365 * 24 * 3600);
        let slow = Scale::smooth(1, century);
        assert_eq!(slow.tokens(slow.position(Tick::ZERO + (century - Duration::from_nanos(1)))), 0);
        assert_eq!(slow.tokens(slow.position(Tick::ZERO + century)), 1);
        let fast = Scale::smooth(1_000_000_000, Duration::from_secs(1));
        assert_eq!(fast.tokens(fast.position(Tick::ZERO + century)), 3_153_600_000_000_000_000);
    }
}
