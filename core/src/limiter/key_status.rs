use std::time::Duration;

use crate::{RateLimitHeaders, Tick};

/// What a rule has left for a key, at the time it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyStatus {
    /// The most tokens there can be at once: the burst.
    pub limit: u64,
    /// How long it takes until as many have flowed in. With the limit, this is the rate.
    pub window: Duration,
    /// The tokens there are now.
    pub remaining: u64,
    /// Would the cost that was asked about be let through now?
    pub is_allowed: bool,
    /// The time until it would be; `None` if that is now, or never.
    pub retry_after: Option<Duration>,
    /// The time until there are as many tokens as there can be.
    pub reset_after: Duration,
    /// When that is.
    pub reset_at: Tick,
}

impl KeyStatus {
    /// A key that has spent nothing of `limit` tokens, which take `window` to flow in.
    #[must_use]
    pub const fn full(now: Tick, limit: u64, window: Duration) -> Self {
        Self {
            limit,
            window,
            remaining: limit,
            is_allowed: true,
            retry_after: None,
            reset_after: Duration::ZERO,
            reset_at: now,
        }
    }

    /// With so many tokens left, and all of them back after `reset_after`.
    #[must_use]
    pub fn with_remaining(mut self, remaining: u64, reset_after: Duration) -> Self {
        self.reset_at = self.reset_at + reset_after;
        (self.remaining, self.reset_after) = (remaining, reset_after);
        self
    }

    /// With the answer that the cost is not let through now: never, or after `retry_after`.
    #[must_use]
    pub const fn denied(mut self, retry_after: Option<Duration>) -> Self {
        self.is_allowed = false;
        self.retry_after = retry_after;
        self
    }

    /// What HTTP says of it, for the rule called `rule`.
    #[must_use]
    pub fn headers(&self, rule: &str) -> RateLimitHeaders {
        RateLimitHeaders::new(rule, self)
    }
}
