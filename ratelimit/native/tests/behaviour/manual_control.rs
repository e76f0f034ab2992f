//! Manual control through the trait that all components share.

use std::time::Duration;

use seawall_core::{ControlAction, Driver, Key, ManualControl};
use seawall_ratelimit::{RateLimiter, Rule};
use seawall_testkit::ManualClock;

fn limiter(limit: u32) -> RateLimiter {
    let rule = Rule::new("api", limit, Duration::from_secs(1));
    let driver = Driver::new().with_clock(ManualClock::new().clock());
    RateLimiter::start(&rule).expect("valid").with_driver(driver)
}

#[test]
fn a_key_is_reset_and_has_all_its_tokens_again() {
    let limiter = limiter(2);
    limiter.check_rate("acme", 2).expect("all of them");
    limiter.act(ControlAction::Reset, Some(Key::new(&"acme"))).expect("supported");
    limiter.check_rate("acme", 2).expect("all of them again");
}

#[test]
fn a_limit_is_resized_for_all_and_for_one_key() {
    let limiter = limiter(2);
    limiter.act(ControlAction::Resize(4), None).expect("supported");
    limiter.check_rate("acme", 4).expect("four");
    let vip = Key::new(&"vip");
    limiter.act(ControlAction::Resize(6), Some(vip)).expect("supported");
    limiter.check_rate("vip", 6).expect("six");
    limiter.check_rate("other", 6).expect_err("four");
    limiter.act(ControlAction::Release, Some(vip)).expect("supported");
    assert_eq!(limiter.status("vip").limit, 4);
}

#[test]
fn what_it_cannot_do_is_said() {
    let limiter = limiter(2);
    let wrong = limiter.act(ControlAction::Resize(0), None).expect_err("no limit");
    let said = "rate limit `api` cannot have a limit of 0: it must be 1 or more";
    assert_eq!(wrong.to_string(), said);
    assert!(!wrong.is_unsupported());
    for action in [ControlAction::ForceOpen, ControlAction::Reset] {
        assert!(limiter.act(action, None).expect_err("not of all").is_unsupported());
    }
}
