//! Any number of keys, a bounded number of buckets, and nobody is forgiven.

use std::time::Duration;

use seawall_core::{Backend, Driver};
use seawall_ratelimit_governor::{RateLimiter, Rule};
use seawall_testkit::ManualClock;

fn limiter(time: &ManualClock, max_keys: u32) -> RateLimiter {
    let rule = Rule::new("rule", 2, Duration::from_secs(1)).max_keys(max_keys);
    let driver = Driver::new().with_clock(time.clock());
    RateLimiter::start(&rule).expect("valid").with_driver(driver)
}

fn keys(limiter: &RateLimiter, time: &ManualClock) -> u64 {
    Backend::status(limiter, time.now()).reading("keys").expect("known")
}

#[test]
fn strangers_share_one_bucket_and_the_exhausted_stay_so() {
    let time = ManualClock::new();
    let limiter = limiter(&time, 100);
    for user in 0..100 {
        limiter.check_rate(("user", user), 2).expect("full");
    }
    let allowed = (0..10_000).filter(|n| limiter.check_rate(("stranger", *n), 1).is_ok()).count();
    assert_eq!(allowed, 2, "what one key may have");
    assert_eq!(keys(&limiter, &time), 100);
    for user in 0..100 {
        limiter.check_rate(("user", user), 1).expect_err("used up");
    }
}

#[test]
fn buckets_that_are_full_again_make_room() {
    let time = ManualClock::new();
    let limiter = limiter(&time, 100);
    for round in 0..50 {
        for user in 0..100 {
            limiter.check_rate((round, user), 1).expect("a bucket of its own");
        }
        time.advance(Duration::from_millis(500));
    }
    assert_eq!(keys(&limiter, &time), 100);
}

#[test]
fn refused_keys_take_no_room() {
    let time = ManualClock::new();
    let limiter = limiter(&time, 100);
    for user in 0..1_000 {
        limiter.check_rate(("user", user), 3).expect_err("more than there can be");
    }
    assert_eq!(keys(&limiter, &time), 0);
}

#[test]
fn no_more_buckets_than_were_asked_for_whatever_the_number() {
    for max_keys in [1, 2, 17, 4095, 4096, 5000] {
        let time = ManualClock::new();
        let limiter = limiter(&time, max_keys);
        for user in 0..2 * max_keys {
            let _answer = limiter.check_rate(("user", user), 1);
        }
        let kept = keys(&limiter, &time);
        assert!(kept <= u64::from(max_keys) && kept * 2 > u64::from(max_keys), "{kept}/{max_keys}");
    }
}
