use std::time::Duration;

use crate::KeyStatus;

/// A [`KeyStatus`] as HTTP response headers.
///
/// `RateLimit` and `RateLimit-Policy` are those of the IETF draft
/// [draft-ietf-httpapi-ratelimit-headers](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/)
/// (since revision 8); [`legacy`](Self::legacy) returns the three headers of earlier revisions.
/// `Retry-After` is that of RFC 9110, section 10.2.3. All times are whole seconds, rounded up so that
/// clients never retry too early.
///
/// ```
/// use seawall_core::{KeyStatus, Tick};
/// use std::time::Duration;
///
/// let status = KeyStatus::full(Tick::ZERO, 10, Duration::from_secs(60))
///     .with_remaining(0, Duration::from_millis(59_500))
///     .denied(Some(Duration::from_millis(5_500)));
/// let headers = status.headers("per_user");
/// assert_eq!(headers.rate_limit(), r#""per_user";r=0;t=6"#);
/// assert_eq!(headers.policy(), r#""per_user";q=10;w=60"#);
/// assert_eq!(headers.retry_after(), Some(6));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitHeaders {
    rule: String,
    status: KeyStatus,
}

impl KeyStatus {
    /// Returns the status as HTTP headers, for the rule called `rule`.
    #[must_use]
    pub fn headers(&self, rule: &str) -> RateLimitHeaders {
        RateLimitHeaders { rule: quoted(rule), status: *self }
    }
}

impl RateLimitHeaders {
    /// Returns the value of `RateLimit`: `r` is the number of tokens left, `t` the seconds until there
    /// are more. Without `t`, there cannot be more.
    ///
    /// `t` is never later than [`retry_after`](Self::retry_after).
    #[must_use]
    pub fn rate_limit(&self) -> String {
        let Self { rule, status } = self;
        match seconds(status.more_after) {
            0 => format!("{rule};r={}", status.remaining),
            wait => format!("{rule};r={};t={wait}", status.remaining),
        }
    }

    /// Returns the value of `RateLimit-Policy`: a quota `q` for each window of `w` seconds. Their
    /// quotient is the rate of the rule, whatever its burst.
    #[must_use]
    pub fn policy(&self) -> String {
        let (quota, window) = policy(self.status.limit, self.status.window);
        format!("{};q={quota};w={window}", self.rule)
    }

    /// Returns the value of `Retry-After` in seconds, at least one; `None` if the call was admitted, or
    /// never will be.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.status.retry_after.map(|wait| seconds(wait).max(1))
    }

    /// Iterates over all headers as names and values; `Retry-After` is left out if it is `None`.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, String)> {
        let retry = self.retry_after().map(|wait| ("Retry-After", wait.to_string()));
        let both = [("RateLimit-Policy", self.policy()), ("RateLimit", self.rate_limit())];
        both.into_iter().chain(retry)
    }

    /// Returns the headers of earlier revisions, for clients that know no others: `RateLimit-Limit` is
    /// the burst, `RateLimit-Remaining` what is left of it, and `RateLimit-Reset` the seconds until it
    /// is whole again.
    #[must_use]
    pub fn legacy(&self) -> [(&'static str, u64); 3] {
        [
            ("RateLimit-Limit", self.status.limit),
            ("RateLimit-Remaining", self.status.remaining),
            ("RateLimit-Reset", seconds(self.status.reset_after)),
        ]
    }
}

/// Returns whole seconds, rounded up.
const fn seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add((time.subsec_nanos() > 0) as u64)
}

/// From here on, a second more or less changes a rate by less than a thousandth.
const LONG: Duration = Duration::from_secs(1000);

/// Returns a quota and a window in whole seconds, at least one, whose quotient is `limit / time`.
///
/// A window of a fraction of a second is replaced by the next longer one that gives a whole quota; if
/// there is none soon, by the one that misses the least of the rate.
fn policy(limit: u64, time: Duration) -> (u64, u64) {
    let first = seconds(time).max(1);
    if time >= LONG || time.is_zero() {
        return (limit, first);
    }
    let quota = |window: u64| {
        let (tokens, nanos) = (u128::from(limit) * u128::from(window) * NANOS, time.as_nanos());
        // The window itself may have been rounded to nanoseconds, just missing a whole quota.
        let rounding = (tokens / MILLION).min(nanos / 1000);
        let quota = (tokens + rounding) / nanos;
        let missed = tokens.saturating_sub(quota * nanos);
        (window, quota, missed * MILLION / tokens.max(1))
    };
    let mut candidates = (first..first + 100).map(quota);
    let Some(mut best) = candidates.next() else { return (limit, first) };
    for candidate in candidates {
        if best.2 < MILLION / 1000 {
            break;
        }
        if candidate.2 < best.2 {
            best = candidate;
        }
    }
    (u64::try_from(best.1).unwrap_or(u64::MAX), best.0)
}

const NANOS: u128 = 1_000_000_000;
const MILLION: u128 = 1_000_000;

/// Returns a String of RFC 9651 (structured fields), which has printable ASCII only.
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
    use proptest::prelude::*;

    use super::*;
    use crate::Tick;

    fn status() -> KeyStatus {
        let full = KeyStatus::full(Tick::from_millis(7), 100, Duration::from_secs(3600));
        full.with_remaining(99, Duration::from_secs(36))
    }

    #[test]
    fn a_call_that_was_admitted_has_no_retry_after() {
        let names: Vec<_> = status().headers("api").iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["RateLimit-Policy", "RateLimit"]);
    }

    #[test]
    fn a_call_that_is_never_admitted_has_no_retry_after() {
        assert_eq!(status().denied(None).headers("api").retry_after(), None);
    }

    #[test]
    fn seconds_are_rounded_up_and_at_least_one_to_retry() {
        let soon = status().denied(Some(Duration::from_nanos(1)));
        let all: Vec<_> = soon.headers("api").iter().collect();
        assert_eq!(all[1], ("RateLimit", r#""api";r=99;t=1"#.to_owned()));
        assert_eq!(all[2], ("Retry-After", "1".to_owned()));
        let legacy = status().with_remaining(1, Duration::from_millis(1)).headers("api").legacy();
        assert_eq!(legacy.map(|(_, value)| value), [100, 1, 1]);
    }

    #[test]
    fn t_is_the_time_until_the_next_token() {
        let empty = KeyStatus::full(Tick::ZERO, 24, Duration::from_secs(86_400));
        let empty = empty.with_remaining(0, Duration::from_secs(86_400));
        assert_eq!(empty.headers("daily").rate_limit(), r#""daily";r=0;t=3600"#);
        assert_eq!(empty.headers("daily").legacy()[2], ("RateLimit-Reset", 86_400));
        let at_once = empty.with_more_after(Duration::from_secs(86_400));
        assert_eq!(at_once.headers("daily").rate_limit(), r#""daily";r=0;t=86400"#);
        let full = KeyStatus::full(Tick::ZERO, 24, Duration::from_secs(86_400));
        assert_eq!(full.headers("daily").rate_limit(), r#""daily";r=24"#);
    }

    #[test]
    fn the_quotient_of_the_policy_is_the_rate() {
        let (ns, ms, sec) = (Duration::from_nanos, Duration::from_millis, Duration::from_secs);
        for (limit, window, expected) in [
            (10, ms(10), (1000, 1)),
            (1, ms(10), (100, 1)),
            (5, ms(500), (10, 1)),
            (100, sec(1), (100, 1)),
            (100, sec(86_400), (100, 86_400)),
            (10, ms(1500), (20, 3)),
            (1, ms(1700), (10, 17)),
            (1, ns(333_333_333), (3, 1)),
            (1, ns(333_333_334), (3, 1)),
            (7, ns(1), (7_000_000_000, 1)),
            (1, Duration::MAX, (1, u64::MAX)),
            (0, ms(10), (0, 1)),
            (u64::MAX, ns(1), (u64::MAX, 1)),
            (5, Duration::ZERO, (5, 1)),
        ] {
            assert_eq!(policy(limit, window), expected, "{limit} in {window:?}");
        }
    }

    proptest! {
        /// Few tokens in a long window cannot be told to a thousandth; the policy is then too low.
        #[test]
        fn a_policy_is_at_most_a_hundredth_below_the_rate(
            limit in 1..1_000_000_u64, nanos in 1..10_u64.pow(13),
        ) {
            let (quota, window) = policy(limit, Duration::from_nanos(nanos));
            let rate = u128::from(limit) * NANOS * u128::from(window);
            let told = u128::from(quota) * u128::from(nanos);
            prop_assert!(told <= rate + rate / MILLION);
            let slow = u128::from(nanos) > 10 * NANOS * u128::from(limit);
            prop_assert!(slow || told >= rate - rate / 100, "q={quota};w={window}");
        }
    }

    #[test]
    fn a_name_cannot_end_its_quotes() {
        let headers = status().headers("a\"b\\c\r\nd é");
        assert_eq!(headers.policy(), r#""a\"b\\c??d ?";q=100;w=3600"#);
    }

    #[test]
    fn a_reset_is_as_far_off_as_it_is_said() {
        let status = status();
        assert_eq!(status.reset_at.since(Tick::from_millis(7)), status.reset_after);
    }
}
