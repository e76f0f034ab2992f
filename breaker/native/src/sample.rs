/// The calls that rates are taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// Number of calls.
    pub calls: u64,
    /// Number of calls that failed.
    pub failures: u64,
    /// Number of calls that were slow.
    pub slow: u64,
    /// True if there are at least `minimum_calls`, so that their rates are known.
    pub is_enough: bool,
}

impl Sample {
    /// Returns the fraction of calls that failed, if it is known.
    #[must_use]
    pub fn failure_rate(&self) -> Option<f64> {
        self.rate(self.failures)
    }

    /// Returns the fraction of calls that were slow, if it is known.
    #[must_use]
    pub fn slow_rate(&self) -> Option<f64> {
        self.rate(self.slow)
    }

    /// Returns `count` as a fraction of all calls in parts per million, if it is known: readings of a
    /// status page are whole numbers.
    pub(crate) fn millionths(&self, count: u64) -> Option<u64> {
        let part = (u128::from(count) * 1_000_000).checked_div(self.calls.into())?;
        u64::try_from(part).ok().filter(|_| self.is_enough)
    }

    #[allow(clippy::cast_precision_loss, reason = "for people")]
    fn rate(&self, count: u64) -> Option<f64> {
        (self.is_enough && self.calls > 0).then(|| count as f64 / self.calls as f64)
    }
}
