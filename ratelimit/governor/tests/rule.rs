//! What a rule gives out, refuses, and says.

use std::time::Duration;

use seawall_core::{Backend, Driver, KeyParts, RefusalKind, Topic};
use seawall_ratelimit_governor::{RateLimiter, Refusal, Rule};
use seawall_testkit::{ManualClock, Recorder};

const SECOND: Duration = Duration::from_secs(1);

struct Bench {
    time: ManualClock,
    recorder: Recorder,
    limiter: RateLimiter,
}

impl Bench {
    fn new(rule: &Rule) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        Self {
            limiter: RateLimiter::start(rule).expect("valid").with_driver(driver),
            time,
            recorder,
        }
    }

    /// Ten a second, five at once.
    fn ten() -> Self {
        Self::new(&Rule::new("api", 10, SECOND).burst(5))
    }

    fn check(&self, key: impl KeyParts + Send + Sync, cost: u32) -> Result<(), Refusal> {
        self.limiter.check_rate(key, cost)
    }

    fn remaining(&self, key: impl KeyParts + Send + Sync) -> u64 {
        self.limiter.status(key).remaining
    }
}

#[test]
fn a_burst_goes_through_and_then_the_rate() {
    let bench = Bench::ten();
    for _ in 0..5 {
        bench.check("key", 1).expect("within the burst");
    }
    let refusal = bench.check("key", 1).expect_err("used up");
    assert_eq!(refusal.kind(), RefusalKind::RateLimited);
    assert_eq!(refusal.retry_after(), Some(Duration::from_millis(100)));
    assert_eq!(refusal.to_string(), "rate limit `api` is exhausted (5 tokens); retry in 100 ms");
    bench.time.advance(Duration::from_millis(99));
    bench.check("key", 1).expect_err("not yet");
    bench.time.advance(Duration::from_millis(1));
    bench.check("key", 1).expect("when it said");
    assert_eq!(bench.recorder.count(Topic::RequestAllowed), 6);
    assert_eq!(bench.recorder.count(Topic::RequestDenied), 2);
    let status = Backend::status(&bench.limiter, bench.time.now());
    assert_eq!((status.reading("admitted"), status.reading("refused")), (Some(6), Some(2)));
}

#[test]
fn a_refused_request_takes_nothing() {
    let bench = Bench::ten();
    bench.check("key", 3).expect("within the burst");
    for _ in 0..100 {
        bench.check("key", 3).expect_err("too few left");
    }
    assert_eq!(bench.remaining("key"), 2);
    bench.check("key", 2).expect("the rest");
}

#[test]
fn a_cost_above_the_burst_is_an_error_of_its_own() {
    let bench = Bench::ten();
    let refusal = bench.check("key", 6).expect_err("never");
    assert_eq!(refusal.kind(), RefusalKind::CostAboveLimit);
    assert_eq!((refusal.retry_after(), refusal.limit()), (None, Some(5)));
    assert_eq!(bench.remaining("key"), 5);
}

#[test]
fn keys_are_counted_apart_however_they_are_written() {
    let bench = Bench::ten();
    bench.check(("a:b", "c"), 5).expect("full");
    bench.check(("a", "b:c"), 5).expect("another key");
    bench.check(1, 5).expect("another key");
    bench.check("1", 5).expect("another key");
    bench.check(("a:b", "c"), 1).expect_err("the same key");
}

#[test]
fn the_status_of_a_key_takes_nothing_and_says_when() {
    let bench = Bench::ten();
    bench.check("key", 5).expect("full");
    bench.time.advance(Duration::from_millis(50));
    for _ in 0..3 {
        let status = bench.limiter.status("key");
        assert_eq!((status.limit, status.remaining), (5, 0));
        assert_eq!(status.retry_after, Some(Duration::from_millis(50)));
        assert_eq!(status.reset_after, Duration::from_millis(450));
    }
    bench.time.advance(Duration::from_millis(450));
    let status = bench.limiter.status("key");
    assert_eq!((status.remaining, status.retry_after), (5, None));
    assert_eq!(status.reset_after, Duration::ZERO);
    assert_eq!(bench.limiter.status("never seen").remaining, 5);
}

#[test]
fn a_rule_that_cannot_be_kept_is_an_error() {
    let message = |rule: Rule| RateLimiter::start(&rule).expect_err("invalid").to_string();
    let hour = 3600 * SECOND;
    assert_eq!(
        message(Rule::new("slow", 1, hour).burst(10_000_000)),
        "rate limit `slow`: `burst` must not take more than 100 years to fill"
    );
    assert_eq!(
        message(Rule::new("none", 1, Duration::ZERO)),
        "rate limit `none`: `period` must be longer than zero"
    );
    assert_eq!(
        message(Rule::new("fast", 600_000_000, SECOND)),
        "rate limit `fast`: `limit` is too fast: rounding to whole nanoseconds per token would be more than 1 % off"
    );
    assert_eq!(
        message(Rule::new("closed", 0, SECOND)),
        "rate limit `closed`: `limit` must be 1 or more"
    );
    let century = Duration::from_secs(100 * 365 * 24 * 3600);
    let rare = Bench::new(&Rule::new("rare", 1, century));
    rare.check("key", 1).expect("the one of this century");
    assert_eq!(rare.check("key", 1).expect_err("used up").retry_after(), Some(century));
    let often = Bench::new(&Rule::new("often", 1_000_000_000, SECOND));
    often.check("key", 1_000_000_000).expect("the whole burst");
}
