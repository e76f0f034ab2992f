//! What a rule gives out, refuses, and says.

use std::time::Duration;

use seawall_core::{Backend, Driver, KeyParts, RefusalKind, Topic};
use seawall_ratelimit_governor::{RateLimiter, Refusal, Rule};
use seawall_testkit::{ManualClock, Recorder};

const SECOND: Duration = Duration::from_secs(1);

struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    limiter: RateLimiter,
}

impl Fixture {
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
}

#[test]
fn a_burst_goes_through_and_then_the_rate() {
    let fixture = Fixture::ten();
    for _ in 0..5 {
        fixture.check("key", 1).expect("within the burst");
    }
    let refusal = fixture.check("key", 1).expect_err("used up");
    assert_eq!(refusal.kind(), RefusalKind::RateLimited);
    assert_eq!(refusal.retry_after(), Some(Duration::from_millis(100)));
    assert_eq!(refusal.to_string(), "rate limit `api` is exhausted (5 tokens); retry in 100 ms");
    fixture.time.advance(Duration::from_millis(99));
    fixture.check("key", 1).expect_err("not yet");
    fixture.time.advance(Duration::from_millis(1));
    fixture.check("key", 1).expect("when it said");
    assert_eq!(fixture.recorder.count(Topic::RequestAllowed), 6);
    assert_eq!(fixture.recorder.count(Topic::RequestDenied), 2);
    let status = Backend::status(&fixture.limiter, fixture.time.now());
    assert_eq!((status.reading("admitted"), status.reading("refused")), (Some(6), Some(2)));
}

#[test]
fn a_refused_request_takes_nothing() {
    let fixture = Fixture::ten();
    fixture.check("key", 3).expect("within the burst");
    for _ in 0..100 {
        fixture.check("key", 3).expect_err("too few left");
    }
    fixture.check("key", 2).expect("the rest");
    fixture.check("key", 1).expect_err("used up");
}

#[test]
fn a_cost_above_the_burst_is_an_error_of_its_own() {
    let fixture = Fixture::ten();
    let refusal = fixture.check("key", 6).expect_err("never");
    assert_eq!(refusal.kind(), RefusalKind::CostAboveLimit);
    assert_eq!((refusal.retry_after(), refusal.limit()), (None, Some(5)));
    fixture.check("key", 5).expect("nothing was taken");
}

#[test]
fn keys_are_counted_apart_however_they_are_written() {
    let fixture = Fixture::ten();
    fixture.check(("a:b", "c"), 5).expect("full");
    fixture.check(("a", "b:c"), 5).expect("another key");
    fixture.check(1, 5).expect("another key");
    fixture.check("1", 5).expect("another key");
    fixture.check(("a:b", "c"), 1).expect_err("the same key");
}

#[test]
fn a_bucket_holds_the_tokens_of_up_to_a_century() {
    let hour = 3600 * SECOND;
    let fixture = Fixture::new(&Rule::new("api", 1, hour).burst(800_000));
    fixture.check("key", 800_000).expect("91 years' worth");
    let refusal = fixture.check("key", 1).expect_err("and not one more");
    assert_eq!(refusal.retry_after(), Some(hour));
    let error = RateLimiter::start(&Rule::new("api", 1, hour).burst(10_000_000)).unwrap_err();
    assert_eq!(error.option(), "burst", "1141 years' worth is an error: {error}");
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
    let rare = Fixture::new(&Rule::new("rare", 1, century));
    rare.check("key", 1).expect("the one of this century");
    assert_eq!(rare.check("key", 1).expect_err("used up").retry_after(), Some(century));
    let often = Fixture::new(&Rule::new("often", 1_000_000_000, SECOND));
    often.check("key", 1_000_000_000).expect("the whole burst");
}
