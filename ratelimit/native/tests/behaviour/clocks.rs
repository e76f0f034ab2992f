//! A limiter whose calls go by another clock than its own handle.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{Driver, Permit};
use seawall_ratelimit::{Algorithm, Limit, RateLimiter, Rule};
use seawall_testkit::ManualClock;

use crate::support::{HOUR, MINUTE, SECOND};

/// A clock that shows `at`, and a driver on it.
fn clock_at(at: Duration) -> (ManualClock, Driver) {
    let time = ManualClock::new();
    time.advance(at);
    let driver = Driver::new().with_clock(time.clock());
    (time, driver)
}

/// The number of 20 calls with a key that go through at once.
fn admitted(driver: &Driver, limiter: &RateLimiter) -> usize {
    let call = |_: &u32| {
        let call = driver.protect(limiter).key("key").max_wait(Duration::ZERO);
        call.acquire_blocking().map(Permit::success).is_ok()
    };
    (0..20).filter(call).count()
}

#[test]
fn verbs_of_a_handle_with_another_clock_go_by_that_of_the_calls() {
    for algorithm in Algorithm::ALL {
        let rule = |limit| Rule::new("api", limit, SECOND).algorithm(algorithm);
        let (time, driver) = clock_at(MINUTE);
        let limiter = RateLimiter::start(&rule(10)).expect("valid");
        // The handle's clock is the machine's: neither exhausts nor fills what the calls see.
        limiter.set_rule(&rule(1)).expect("valid");
        limiter.set_limit_of("other", Limit::new(2, SECOND)).expect("valid");
        assert_eq!(admitted(&driver, &limiter), 1, "{algorithm}");
        limiter.set_rule(&rule(2)).expect("valid");
        limiter.set_limit_of("key", Limit::new(1, SECOND)).expect("valid");
        limiter.refund("key", 1);
        limiter.exhaust("key");
        assert_eq!(admitted(&driver, &limiter), 0, "{algorithm}");
        assert!(limiter.check_rate("key", 1).is_err(), "{algorithm}");
        assert!(!limiter.peek("key", 1).is_allowed, "{algorithm}");
        time.advance(2 * SECOND);
        assert!(limiter.peek("key", 1).is_allowed, "{algorithm}");
        limiter.clear_limit_of("key");
        assert!(limiter.check_rate("key", 1).is_ok(), "{algorithm}");
    }
}

#[test]
fn calls_under_two_clocks_share_one_count_of_time() {
    for algorithm in Algorithm::ALL {
        let rule = Rule::new("api", 1, SECOND).algorithm(algorithm);
        let limiter = RateLimiter::start(&rule).expect("valid");
        let ((time, first), (ahead, second)) = (clock_at(MINUTE), clock_at(HOUR));
        assert_eq!(admitted(&first, &limiter), 1, "{algorithm}");
        assert_eq!(
            admitted(&second, &limiter),
            0,
            "{algorithm}: it has another time, no other limit"
        );
        ahead.advance(HOUR);
        assert_eq!(admitted(&second, &limiter), 0, "{algorithm}");
        time.advance(2 * SECOND);
        assert_eq!(admitted(&second, &limiter), 1, "{algorithm}");
        assert_eq!(admitted(&first, &limiter), 0, "{algorithm}");
    }
}

#[test]
fn a_call_waits_by_its_drivers_clock_for_a_start_by_the_limiters() {
    for algorithm in Algorithm::ALL {
        let rule = Rule::new("api", 1, SECOND).algorithm(algorithm);
        // A leaky bucket with a burst of 1 makes no call wait.
        let rule = if algorithm == Algorithm::Leaky { rule.burst(2) } else { rule };
        let limiter = RateLimiter::start(&rule).expect("valid");
        let ((time, first), (other, second)) = (clock_at(HOUR), clock_at(MINUTE));
        assert_eq!(admitted(&first, &limiter), 1, "{algorithm}");
        let call = second.protect(&limiter).key("key").deadline(3 * SECOND).max_wait(3 * SECOND);
        let mut wait = pin!(call.acquire());
        let mut context = Context::from_waker(Waker::noop());
        let mut steps = 0;
        let answer = loop {
            if let Poll::Ready(answer) = wait.as_mut().poll(&mut context) {
                break answer;
            }
            time.advance(SECOND / 10);
            other.advance(SECOND / 10);
            steps += 1;
            assert!(steps <= 20, "{algorithm}: it never went");
        };
        answer.expect("it waited").success();
        assert!(steps >= 10, "{algorithm}: after {steps}");
    }
}
