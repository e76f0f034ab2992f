//! Which calls are counted together.

use std::time::Duration;

use seawall_core::Backend;
use seawall_ratelimit_governor::{RateLimiter, Rule};
use seawall_testkit::ManualClock;

const HOUR: Duration = Duration::from_secs(3600);

fn limiter(key_parts: usize) -> RateLimiter {
    RateLimiter::start(&Rule::new("rule", 3, HOUR).key_parts(key_parts)).expect("valid")
}

#[test]
fn keys_that_begin_with_the_same_parts_are_counted_together() {
    let limiter = limiter(1);
    limiter.check_rate(("acme", "ann"), 2).expect("full");
    limiter.check_rate(("acme", "bob"), 2).expect_err("one is left for all of acme");
    limiter.check_rate(("acme", "bob", 7), 1).expect("the last");
    limiter.check_rate(("other", "ann"), 3).expect("another tenant");
    for status in [limiter.status(("acme", "cy")), limiter.status("acme")] {
        assert_eq!(status.remaining, 0);
    }
    assert_eq!(limiter.protect().peek().remaining, 3, "calls without a key are counted apart");
}

#[test]
fn without_any_part_of_the_key_there_is_one_count_for_all_calls_keyed_or_not() {
    let limiter = limiter(0);
    limiter.check_rate("ann", 1).expect("full");
    limiter.check_rate(("bob", 7), 1).expect("two are left");
    assert_eq!(limiter.protect().peek().remaining, 1);
    limiter.protect().acquire_blocking().expect("one is left").success();
    for key in ["ann", "bob", "never seen"] {
        assert_eq!(limiter.status(key).remaining, 0, "{key}");
    }
    limiter.refund("ann", 1);
    assert_eq!(limiter.protect().peek().remaining, 1);
    assert_eq!((limiter.exhaust("bob"), limiter.protect().exhaust()), (1, 0));
    limiter.reset("never seen");
    assert_eq!(limiter.status("ann").remaining, 3);
    let time = ManualClock::new();
    assert_eq!(Backend::status(&limiter, time.now()).reading("keys"), Some(0), "none is kept");
}
