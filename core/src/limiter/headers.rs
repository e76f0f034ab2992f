use std::time::Duration;

use crate::KeyStatus;

/// A [`KeyStatus`] as HTTP response headers.
///
/// `RateLimit` and `RateLimit-Policy` are those of the IETF draft
/// [draft-ietf-httpapi-ratelimit-headers](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/)
/// (since revision 8); [`legacy`](Self::legacy) gives the three of its revisions before.
/// `Retry-After` is that of RFC 9110, 10.2.3.
///
/// ```
/// use seawall_core::{KeyStatus, Tick};
/// use std::time::Duration;
///
/// let status = KeyStatus::full(Tick::ZERO, 10, Duration::from_secs(60))
///     .with_remaining(0, Duration::from_millis(59_500))
///     .denied(Some(Duration::from_millis(5_500)));
/// let headers = status.headers("per_user");
/// assert_eq!(headers.rate_limit(), r#""per_user";r=0;t=60"#);
/// assert_eq!(headers.policy(), r#""per_user";q=10;w=60"#);
/// assert_eq!(headers.retry_after(), Some(6));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitHeaders {
    rule: String,
    status: KeyStatus,
}

impl RateLimitHeaders {
    pub(super) fn new(rule: &str, status: &KeyStatus) -> Self {
        Self { rule: quoted(rule), status: *status }
    }

    /// The value of `RateLimit`: what is left, and in how many seconds the quota is whole again.
    #[must_use]
    pub fn rate_limit(&self) -> String {
        let Self { rule, status } = self;
        format!("{rule};r={};t={}", status.remaining, seconds(status.reset_after))
    }

    /// The value of `RateLimit-Policy`: the quota, and the seconds it is for.
    #[must_use]
    pub fn policy(&self) -> String {
        let Self { rule, status } = self;
        format!("{rule};q={};w={}", status.limit, seconds(status.window).max(1))
    }

    /// The value of `Retry-After`, in seconds, one at least; `None` if the call was let through, or
    /// never will be.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.status.retry_after.map(|wait| seconds(wait).max(1))
    }

    /// All headers with their names; `Retry-After` only where it says something.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, String)> {
        let retry = self.retry_after().map(|wait| ("Retry-After", wait.to_string()));
        let both = [("RateLimit-Policy", self.policy()), ("RateLimit", self.rate_limit())];
        both.into_iter().chain(retry)
    }

    /// The older three, `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`, for clients
    /// that know no others.
    #[must_use]
    pub fn legacy(&self) -> [(&'static str, u64); 3] {
        [
            ("RateLimit-Limit", self.status.limit),
            ("RateLimit-Remaining", self.status.remaining),
            ("RateLimit-Reset", seconds(self.status.reset_after)),
        ]
    }
}

/// Whole seconds, rounded up: who comes back then is not too early.
const fn seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add((time.subsec_nanos() > 0) as u64)
}

/// As a String of RFC 9651 (structured fields), which has printable ASCII only.
fn quoted(rule: &str) -> String {
    let mut quoted = String::with_capacity(rule.len() + 2);
    quoted.push('"');
    for letter in rule.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            ' '..='~' => quoted.push(letter),
            _ => quoted.push('?'),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tick;

    fn status() -> KeyStatus {
        let full = KeyStatus::full(Tick::from_millis(7), 100, Duration::from_secs(3600));
        full.with_remaining(99, Duration::from_secs(36))
    }

    #[test]
    fn a_call_that_went_through_has_no_retry_after() {
        let names: Vec<_> = status().headers("api").iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["RateLimit-Policy", "RateLimit"]);
    }

    #[test]
    fn a_call_that_never_will_go_through_has_none_either() {
        assert_eq!(status().denied(None).headers("api").retry_after(), None);
    }

    #[test]
    fn seconds_are_rounded_up_and_one_at_least_to_retry() {
        let soon = status().denied(Some(Duration::from_nanos(1)));
        let all: Vec<_> = soon.headers("api").iter().collect();
        assert_eq!(all[2], ("Retry-After", "1".to_owned()));
        let legacy = status().with_remaining(1, Duration::from_millis(1)).headers("api").legacy();
        assert_eq!(legacy.map(|(_, value)| value), [100, 1, 1]);
    }

    #[test]
    fn a_name_cannot_break_out_of_its_quotes() {
        let headers = status().headers("a\"b\\c\r\nd é");
        assert_eq!(headers.policy(), r#""a\"b\\c??d ?";q=100;w=3600"#);
    }

    #[test]
    fn a_reset_is_as_far_off_as_it_is_said() {
        let status = status();
        assert_eq!(status.reset_at.since(Tick::from_millis(7)), status.reset_after);
    }
}
