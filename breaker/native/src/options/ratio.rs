/// A fraction between 0 and 1, in parts per million. Counts are compared with it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(u32);

impl Ratio {
    pub(crate) const ZERO: Self = Self(0);

    /// A third, rounded down to millionths.
    pub const THIRD: Self = Self(333_333);

    /// The whole: 100 %.
    pub const ONE: Self = Self(1_000_000);

    /// Creates a fraction of `percent` hundredths. More than 100 count as 100.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        if percent > 100 { Self::ONE } else { Self(percent * 10_000) }
    }

    /// Creates the fraction nearest to `fraction`, or returns `None` if that is not between 0 and 1.
    #[must_use]
    pub fn new(fraction: f64) -> Option<Self> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a million"
        )]
        (0.0..=1.0).contains(&fraction).then(|| Self((fraction * 1e6).round() as u32))
    }

    /// Returns it as a number from 0 to 1.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    /// Returns true if `count` of `all` is this fraction or more.
    pub(crate) const fn is_reached(self, count: u64, all: u64) -> bool {
        count as u128 * 1_000_000 >= self.0 as u128 * all as u128
    }

    /// Returns the least number that is this fraction of `all` or more.
    pub(crate) const fn of(self, all: u32) -> u32 {
        let part = (self.0 as u64 * all as u64).div_ceil(1_000_000);
        #[allow(clippy::cast_possible_truncation, reason = "no more than `all`")]
        {
            part as u32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_compared_exactly() {
        for percent in 1..=100 {
            let ratio = Ratio::percent(percent);
            assert!(ratio.is_reached(u64::from(percent), 100), "{percent} %");
            assert!(!ratio.is_reached(u64::from(percent) - 1, 100), "{percent} %");
            assert_eq!(ratio.of(100), percent);
            assert_eq!(Ratio::new(f64::from(percent) / 100.0), Some(ratio));
            assert_eq!(Ratio::new(ratio.as_f64()), Some(ratio));
        }
        assert_eq!(Ratio::percent(50).of(3), 2);
        assert_eq!((Ratio::new(-0.1), Ratio::new(1.1), Ratio::new(f64::NAN)), (None, None, None));
    }
}
