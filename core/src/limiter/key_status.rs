use std::time::Duration;

use crate::Tick;

/// What a rate limiter has left for a key, at the time it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyStatus {
    /// The maximum number of tokens: the burst.
    pub limit: u64,
    /// The time in which `limit` tokens flow in. The limit divided by this is the rate.
    pub window: Duration,
    /// The number of tokens available now.
    pub remaining: u64,
    /// Whether a call of the asked cost would be admitted now.
    pub is_allowed: bool,
    /// The time until a call of the asked cost would be admitted; `None` if that is now, or never.
    pub retry_after: Option<Duration>,
    /// The time until more than `remaining` tokens are available; zero if there cannot be more.
    pub more_after: Duration,
    /// The time until `limit` tokens are available.
    pub reset_after: Duration,
    /// The tick at which `limit` tokens are available.
    pub reset_at: Tick,
}

impl KeyStatus {
    /// Creates the status of an unused key, with all of its `limit` tokens, which flow in within
    /// `window`.
    #[must_use]
    pub const fn full(now: Tick, limit: u64, window: Duration) -> Self {
        Self {
            limit,
            window,
            remaining: limit,
            is_allowed: true,
            retry_after: None,
            more_after: Duration::ZERO,
            reset_after: Duration::ZERO,
            reset_at: now,
        }
    }

    /// Sets the number of tokens left, and the time until all are back.
    ///
    /// Assumes that tokens flow in one by one; otherwise set [`more_after`](Self::more_after) too.
    #[must_use]
    pub fn with_remaining(mut self, remaining: u64, reset_after: Duration) -> Self {
        self.reset_at = self.reset_at + reset_after;
        (self.remaining, self.reset_after) = (remaining, reset_after);
        self.more_after = self.time_to_next();
        self
    }

    /// Sets the time until more than `remaining` tokens are available.
    #[must_use]
    pub const fn with_more_after(mut self, more_after: Duration) -> Self {
        self.more_after = more_after;
        self
    }

    /// Sets the answer to "not admitted now": never, or after `retry_after`.
    #[must_use]
    pub fn denied(mut self, retry_after: Option<Duration>) -> Self {
        self.is_allowed = false;
        self.retry_after = retry_after;
        if let Some(wait) = retry_after {
            self.more_after = self.more_after.min(wait);
        }
        self
    }

    /// Returns the time until the next of the missing tokens, the last of which comes at the reset.
    fn time_to_next(&self) -> Duration {
        let further = self.limit.saturating_sub(self.remaining).saturating_sub(1);
        let time = self.window.as_nanos().checked_mul(further.into());
        let rest = time.map(|time| time / u128::from(self.limit.max(1)));
        let rest = rest.and_then(|rest| u64::try_from(rest).ok()).map(Duration::from_nanos);
        match rest {
            Some(rest) if rest < self.reset_after => self.reset_after - rest,
            _ => self.reset_after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_token_comes_before_the_last() {
        let ms = Duration::from_millis;
        let full = KeyStatus::full(Tick::ZERO, 10, ms(1000));
        let next = |remaining, reset| full.with_remaining(remaining, ms(reset)).more_after;
        assert_eq!(next(10, 0), ms(0));
        assert_eq!(next(9, 30), ms(30));
        assert_eq!(next(0, 1000), ms(100));
        assert_eq!(next(0, 930), ms(30));
        assert_eq!(full.with_remaining(0, ms(1000)).denied(Some(ms(40))).more_after, ms(40));
        let slow = KeyStatus::full(Tick::ZERO, u64::MAX, Duration::MAX);
        assert_eq!(slow.with_remaining(0, ms(7)).more_after, ms(7));
    }
}
