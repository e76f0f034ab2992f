/// A part of a whole, in parts per million: counts are compared with it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(u32);

impl Ratio {
    /// All of it.
    pub const ONE: Self = Self(1_000_000);

    /// So many hundredths; more than a hundred count as a hundred.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        if percent > 100 { Self::ONE } else { Self(percent * 10_000) }
    }

    /// The part nearest to `part`, if that is between 0 and 1.
    #[must_use]
    pub fn new(part: f64) -> Option<Self> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a million"
        )]
        (0.0..=1.0).contains(&part).then(|| Self((part * 1e6).round() as u32))
    }

    pub(crate) const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Are `some` of `all` as much or more?
    pub(crate) const fn is_reached(self, some: u64, all: u64) -> bool {
        some as u128 * 1_000_000 >= self.0 as u128 * all as u128
    }

    /// The least number that is this part of `all` or more.
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
        }
        assert_eq!(Ratio::percent(50).of(3), 2);
        assert_eq!((Ratio::new(-0.1), Ratio::new(1.1), Ratio::new(f64::NAN)), (None, None, None));
    }
}
