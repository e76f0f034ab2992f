//! What the handle can do besides checking: wait, and be a layer among others.

use std::time::Duration;

use seawall_core::{Backend, Component, Driver, Tick};
use seawall_ratelimit_governor::{RateLimiter, RefusalKind, Rule};
use seawall_testkit::{Answer, ManualClock, Scripted, cancel};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Ten a second, five at once.
fn limiter(time: &ManualClock) -> RateLimiter {
    let rule = Rule::new("api", 10, Duration::from_secs(1)).burst(5);
    let driver = Driver::new().with_clock(time.clock());
    RateLimiter::start(&rule).expect("valid").with_driver(driver)
}

#[test]
fn a_waiting_call_goes_as_soon_as_its_tokens_are_there() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    let waited = |cost| {
        let begin = time.now();
        time.block_on(limiter.wait("key", cost, HOUR)).expect("within an hour");
        time.now().since(begin)
    };
    assert_eq!([waited(5), waited(2), waited(5)], [Duration::ZERO, 200 * MS, 500 * MS]);
    assert_eq!(limiter.check_rate("key", 1).unwrap_err().retry_after(), Some(100 * MS));
}

#[test]
fn a_call_that_would_wait_too_long_is_refused_at_once_and_takes_nothing() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    limiter.check_rate("key", 5).expect("full");
    let refused = time.block_on(limiter.wait("key", 3, 299 * MS)).expect_err("too late");
    assert_eq!(refused.kind(), RefusalKind::RateLimited);
    assert_eq!(refused.retry_after(), Some(300 * MS));
    let never = time.block_on(limiter.wait("key", 6, HOUR)).expect_err("never");
    assert_eq!((never.kind(), never.retry_after()), (RefusalKind::CostAboveLimit, None));
    assert_eq!(time.now(), Tick::ZERO, "no call has waited");
    time.block_on(limiter.wait("key", 3, 300 * MS)).expect("just in time");
}

#[test]
fn a_thread_waits_as_a_task_does() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    limiter.wait_blocking("key", 5, Duration::ZERO).expect("full");
    limiter.wait_blocking("key", 1, 99 * MS).expect_err("too late");
    std::thread::scope(|scope| {
        let caller = scope.spawn(|| limiter.wait_blocking("key", 1, 100 * MS));
        while !caller.is_finished() {
            time.advance_to_next();
            std::thread::yield_now();
        }
        caller.join().expect("no panic").expect("in time");
    });
    assert_eq!(time.now(), Tick::ZERO + 100 * MS);
}

#[test]
fn a_wait_that_is_dropped_has_taken_nothing() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    let mut key = 0;
    let awaits = cancel::at_every_await(
        &time,
        || {
            key += 1;
            limiter.check_rate(key, 5).expect("full");
            limiter.wait(key, 3, HOUR)
        },
        |_| (),
    );
    assert_eq!(awaits, 1);
    assert_eq!(time.now(), Tick::ZERO + 300 * MS, "the second wait was not dropped");
    limiter.check_rate(1, 3).expect("three tokens of the first key have flowed in since");
    limiter.check_rate(2, 1).expect_err("the second has spent them");
}

#[test]
fn a_waiter_that_others_overtake_is_refused_when_its_time_is_over() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    limiter.check_rate("key", 5).expect("full");
    let mut waiter = std::pin::pin!(limiter.wait("key", 1, 150 * MS));
    let mut poll = || {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        waiter.as_mut().poll(&mut context)
    };
    assert!(poll().is_pending());
    time.advance(100 * MS);
    limiter.check_rate("key", 1).expect("a newcomer is as good as a waiter");
    let std::task::Poll::Ready(Err(refused)) = poll() else { panic!("no tokens within its time") };
    assert_eq!(refused.kind(), RefusalKind::RateLimited);
    assert_eq!(refused.retry_after(), Some(100 * MS));
    let status = Backend::status(&limiter, time.now());
    assert_eq!((status.reading("admitted"), status.reading("refused")), (Some(2), Some(1)));
}

#[test]
fn tokens_of_a_call_that_a_later_layer_refuses_stay_taken() {
    let time = ManualClock::new();
    let driver = Driver::new().with_clock(time.clock());
    let limiter = limiter(&time);
    let breaker = Scripted::new(Component::CircuitBreaker, "breaker");
    breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
    let layers = (&limiter, &breaker);
    let result = driver.protect(&layers).key("key").cost(3).acquire_blocking();
    assert!(result.expect_err("open").is_circuit_open());
    limiter.check_rate("key", 3).expect_err("two are left");
    limiter.check_rate("key", 2).expect("two are left");
}
