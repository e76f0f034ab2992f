//! Which calls are counted together, and which keys are kept.

use std::time::Duration;

use seawall_core::{Backend, Driver};
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
    limiter.check_rate("acme", 1).expect_err("none is left");
    limiter.protect().cost(3).acquire_blocking().expect("counted apart").success();
}

#[test]
fn without_any_part_of_the_key_all_calls_share_one_count() {
    let limiter = limiter(0);
    limiter.check_rate("ann", 1).expect("full");
    limiter.check_rate(("bob", 7), 1).expect("two are left");
    limiter.protect().acquire_blocking().expect("one is left").success();
    limiter.check_rate("never seen", 1).expect_err("none is left");
    let time = ManualClock::new();
    assert_eq!(Backend::status(&limiter, time.now()).reading("keys"), Some(0), "none is kept");
}

#[test]
fn keys_that_are_full_again_are_swept_out() {
    let time = ManualClock::new();
    let driver = Driver::new().with_clock(time.clock());
    let rule = Rule::new("rule", 1, Duration::from_secs(1));
    let limiter = RateLimiter::start(&rule).expect("valid").with_driver(driver);
    let kept = || Backend::status(&limiter, time.now()).reading("keys").expect("counted");
    for round in 0..20 {
        for key in 0..1_000 {
            limiter.check_rate((round, key), 1).expect("a new key");
        }
        limiter.check_rate((round, 0), 1).expect_err("a sweep forgives nothing");
        assert!(kept() <= 2_200, "{} keys are kept, 1,000 are in use", kept());
        // governor keeps a key for one token longer than it needs to.
        time.advance(Duration::from_secs(2));
    }
}

#[test]
fn a_check_of_a_known_key_allocates_nothing() {
    let time = ManualClock::new();
    let driver = Driver::new().with_clock(time.clock());
    let limiter =
        RateLimiter::start(&Rule::new("api", 2, HOUR)).expect("valid").with_driver(driver);
    let (tenant, user) = (String::from("acme"), String::from("ann"));
    limiter.check_rate((tenant.as_str(), user.as_str()), 1).expect("full");
    let asked = allocation_counter::measure(|| {
        limiter.check_rate((tenant.as_str(), user.as_str()), 1).expect("one is left");
        limiter.check_rate((tenant.as_str(), user.as_str()), 1).expect_err("used up");
    });
    assert_eq!(asked.count_total, 0, "keys are borrowed");
}
