use std::time::Duration;

use seawall_core::RefusalKind;
use seawall_ratelimit::{Algorithm, RateLimiter, Rule};

use crate::support::{Bench, HOUR, MINUTE, SECOND};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

fn problem(rule: &Rule) -> String {
    RateLimiter::start(rule).expect_err("no such rule").to_string()
}

#[test]
fn a_rule_that_makes_no_sense_is_refused_by_its_option() {
    let rule = |limit, period| Rule::new("api", limit, period);
    let cases = [
        (rule(0, SECOND), "`limit` must be 1 or more"),
        (rule(1, Duration::ZERO), "`period` must be longer than zero"),
        (rule(1, 2 * CENTURY), "`period` must not be longer than 100 years"),
        (rule(2, Duration::from_nanos(1)), "`limit` must not be more than one a nanosecond"),
        (rule(1, SECOND).burst(0), "`burst` must be 1 or more"),
        (rule(1, CENTURY).burst(2), "`burst` would take more than 100 years to save up"),
        (rule(1, SECOND).max_keys(0), "`max_keys` must be 1 or more"),
        (
            rule(5, SECOND).algorithm(Algorithm::FixedWindow).burst(6),
            "`burst` is not for windows: they have their limit at once",
        ),
        (
            rule(5, SECOND).algorithm(Algorithm::SlidingWindow).burst(4),
            "`burst` is not for windows: they have their limit at once",
        ),
    ];
    for (rule, said) in cases {
        assert_eq!(problem(&rule), format!("rate limit `api`: {said}"));
    }
}

#[test]
fn one_a_century_and_a_thousand_million_a_second_are_counted_exactly() {
    for algorithm in [Algorithm::Gcra, Algorithm::PeriodicBucket, Algorithm::FixedWindow] {
        let slow = Bench::new(&Rule::new("slow", 1, CENTURY).algorithm(algorithm));
        assert_eq!(slow.admitted("key", 2), 1, "{algorithm}");
        slow.time.advance(CENTURY / 2);
        assert_eq!(slow.admitted("key", 1), 0, "{algorithm}");
        slow.time.advance(CENTURY / 2);
        assert_eq!(slow.admitted("key", 2), 1, "{algorithm}");

        let fast = Rule::new("fast", 1_000_000_000, SECOND).algorithm(algorithm);
        let fast = Bench::new(&fast);
        fast.limiter.check_rate("key", 1_000_000_000).expect("all at once");
        fast.limiter.check_rate("key", 1).expect_err("and not one more");
        fast.time.advance(SECOND);
        assert_eq!(fast.limiter.exhaust("key"), 1_000_000_000, "{algorithm}");
    }
}

#[test]
fn an_odd_rate_is_kept_to_the_token_for_a_year() {
    // 7 a second is no whole number of nanoseconds a token.
    let bench = Bench::new(&Rule::new("odd", 7, SECOND).burst(300_000_000));
    bench.limiter.exhaust("key");
    let year = Duration::from_secs(365 * 24 * 3600);
    bench.time.advance(year);
    assert_eq!(bench.limiter.exhaust("key"), 7 * year.as_secs());
}

#[test]
fn a_cost_above_the_burst_is_an_error_of_its_own() {
    for algorithm in Algorithm::ALL {
        let bench = Bench::new(&Rule::new("api", 5, SECOND).algorithm(algorithm));
        let refusal = bench.limiter.check_rate("key", 6).expect_err("never");
        assert_eq!(refusal.kind(), RefusalKind::CostAboveLimit, "{algorithm}");
        assert_eq!((refusal.retry_after(), refusal.limit()), (None, Some(5)), "{algorithm}");
        assert_eq!(bench.limiter.status("key").remaining, 5, "{algorithm}");
        let waited = bench.time.block_on(bench.limiter.wait("key", 6, HOUR));
        assert_eq!(waited.expect_err("never").kind(), RefusalKind::CostAboveLimit, "{algorithm}");
    }
}

#[test]
fn a_fixed_window_has_its_double_burst_at_the_edge_and_a_sliding_one_has_not() {
    let rule = Rule::new("api", 10, MINUTE);
    for (algorithm, at_the_edge) in [(Algorithm::FixedWindow, 10), (Algorithm::SlidingWindow, 1)] {
        let bench = Bench::new(&rule.clone().algorithm(algorithm));
        bench.time.advance(MINUTE - Duration::from_millis(1));
        assert_eq!(bench.admitted("key", 20), 10, "{algorithm}");
        bench.time.advance(Duration::from_millis(1));
        assert_eq!(bench.admitted("key", 20), at_the_edge, "{algorithm}");
    }
}

#[test]
fn a_status_says_what_is_left_and_when_all_is_back() {
    let bench = Bench::new(&Rule::new("api", 10, SECOND));
    bench.limiter.check_rate("key", 10).expect("full");
    let status = bench.limiter.peek("key", 2);
    assert_eq!((status.limit, status.remaining, status.is_allowed), (10, 0, false));
    assert_eq!(status.window, SECOND);
    let ms = Duration::from_millis;
    assert_eq!((status.retry_after, status.reset_after), (Some(ms(200)), ms(1000)));
    let headers = status.headers(bench.limiter.name());
    assert_eq!(headers.policy(), r#""api";q=10;w=1"#);
}

#[test]
fn a_policy_states_the_rate_whatever_the_burst() {
    for (limit, burst) in [(1000, 10), (100, 1), (10, 5)] {
        let bench = Bench::new(&Rule::new("api", limit, SECOND).burst(burst));
        let policy = bench.limiter.status("key").headers("api").policy();
        assert_eq!(policy, format!("\"api\";q={limit};w=1"));
    }
}

#[test]
fn a_status_tells_when_the_next_token_comes() {
    let day = 24 * HOUR;
    for (algorithm, expected) in [
        (Algorithm::Gcra, Some(HOUR)),
        (Algorithm::PeriodicBucket, Some(day)),
        (Algorithm::FixedWindow, Some(day)),
        (Algorithm::SlidingWindow, None),
    ] {
        let bench = Bench::new(&Rule::new("daily", 24, day).algorithm(algorithm));
        assert_eq!(bench.limiter.status("key").more_after, Duration::ZERO, "{algorithm}");
        bench.limiter.check_rate("key", 24).expect("unused");
        let status = bench.limiter.peek("key", 24);
        let next = status.more_after;
        assert_eq!((status.remaining, next), (0, expected.unwrap_or(next)), "{algorithm}");
        let headers = status.headers("daily");
        let seconds = next.as_secs_f64().ceil();
        assert_eq!(headers.rate_limit(), format!("\"daily\";r=0;t={seconds}"), "{algorithm}");
        let told = Duration::from_secs(headers.retry_after().expect("all are used"));
        assert!(told >= next, "{algorithm}: {told:?}");
        bench.time.advance(next - Duration::from_nanos(1));
        assert_eq!(bench.limiter.status("key").remaining, 0, "{algorithm}");
        bench.time.advance(Duration::from_nanos(1));
        assert!(bench.limiter.status("key").remaining > 0, "{algorithm}");
    }
}
