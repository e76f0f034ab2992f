use super::windows::Windows;
use super::{Quantile, buckets};

/// The share of calls that take longer than a time, estimated from calls that ended and calls that were
/// cut, by the method of Kaplan and Meier ("Nonparametric estimation from incomplete observations",
/// 1958).
pub(crate) struct Survival {
    /// Bucket, calls that ended in it, calls that were cut in it; those without any are left out.
    counts: Vec<(usize, u64, u64)>,
    count: u64,
}

impl Survival {
    pub(super) fn new(windows: &Windows) -> Self {
        let counts = (0..buckets::COUNT).map(|bucket| {
            let [ended, cut] = windows.counts(bucket);
            (bucket, ended, cut)
        });
        let counts: Vec<_> = counts.filter(|(_, ended, cut)| ended + cut > 0).collect();
        let count = counts.iter().map(|(_, ended, cut)| ended + cut).sum();
        Self { counts, count }
    }

    /// Returns the number of calls.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// Returns the first time by which the share of calls that take longer is no more than 1 − `share`.
    pub(crate) fn quantile(&self, share: f64) -> Quantile {
        let Some(&(last, ..)) = self.counts.last() else { return Quantile::NoTimes };
        let (mut longer, mut at_risk) = (1.0, self.count);
        for &(bucket, ended, cut) in &self.counts {
            // Calls that were cut in this bucket count as longer than those that ended in it.
            longer *= 1.0 - ended as f64 / at_risk as f64;
            at_risk -= ended + cut;
            if longer <= 1.0 - share + 1e-9 {
                return Quantile::Known(buckets::middle(bucket));
            }
        }
        Quantile::MoreThan(buckets::middle(last))
    }
}
