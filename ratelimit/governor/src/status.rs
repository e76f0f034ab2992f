use std::time::Duration;

/// What a rule has left for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyStatus {
    /// The most tokens there can be at once.
    pub limit: u32,
    /// The tokens there are now.
    pub remaining: u32,
    /// The time until there is a token, if there is none now.
    pub retry_after: Option<Duration>,
    /// The time until there are as many as there can be.
    pub reset_after: Duration,
}

impl KeyStatus {
    /// The status of a bucket that holds `burst` tokens, one of which flows in each `token`, and
    /// that is `missing` away from being full.
    pub(crate) fn new(burst: u32, token: Duration, missing: Duration) -> Self {
        let (token_ns, missing_ns) = (token.as_nanos(), missing.as_nanos());
        let spent = u32::try_from(missing_ns.div_ceil(token_ns)).unwrap_or(u32::MAX);
        let remaining = burst.saturating_sub(spent);
        let wait = (missing + token).saturating_sub(token * burst);
        let retry_after = (remaining == 0).then_some(wait);
        Self { limit: burst, remaining, retry_after, reset_after: missing }
    }
}
