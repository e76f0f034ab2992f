use std::time::Duration;

/// Limits one key to `limit` tokens a `period`. A limit of zero blocks the key.
///
/// ```
/// use seawall_core::Limit;
/// use std::time::Duration;
///
/// let generous = Limit::new(1_000, Duration::from_secs(1)).burst(5_000);
/// assert_eq!(generous.at_once(), 5_000);
/// ```
///
/// Exhaustive on purpose: a limit is these three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The number of tokens in each period.
    pub limit: u32,
    /// The period.
    pub period: Duration,
    /// The maximum number of tokens at once; `None` for as many as the limit.
    pub burst: Option<u32>,
}

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
    #[must_use]
    pub fn at_once(&self) -> u32 {
        self.burst.unwrap_or(self.limit)
    }

    /// Returns the time in which that many tokens flow in.
    #[must_use]
    pub fn window(&self) -> Duration {
        let nanos = self.period.as_nanos() * u128::from(self.at_once());
        let nanos = nanos.div_ceil(u128::from(self.limit.max(1)));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}
