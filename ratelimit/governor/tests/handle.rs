//! What the handle can do besides checking: wait, reserve, refund, reset, exhaust.

use std::time::Duration;

use seawall_core::{Component, Driver, Tick, Verdict};
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
fn who_waits_goes_when_there_are_as_many_tokens() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    let waited = |cost| {
        let begin = time.now();
        time.block_on(limiter.wait("key", cost, HOUR)).expect("within an hour");
        time.now().since(begin)
    };
    assert_eq!([waited(5), waited(2), waited(5)], [Duration::ZERO, 200 * MS, 500 * MS]);
    assert_eq!(limiter.status("key").remaining, 0);
}

#[test]
fn who_would_wait_too_long_is_refused_at_once_and_takes_nothing() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    limiter.check_rate("key", 5).expect("full");
    let refused = time.block_on(limiter.wait("key", 3, 299 * MS)).expect_err("too late");
    assert_eq!(refused.kind(), RefusalKind::RateLimited);
    assert_eq!(refused.retry_after(), Some(300 * MS));
    let never = time.block_on(limiter.wait("key", 6, HOUR)).expect_err("never");
    assert_eq!((never.kind(), never.retry_after()), (RefusalKind::CostAboveLimit, None));
    assert_eq!(time.now(), Tick::ZERO, "nobody has waited");
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
fn a_wait_that_is_dropped_gives_back_what_it_was_to_get() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    let wait = || {
        limiter.reset("key");
        assert_eq!(limiter.exhaust("key"), 5);
        limiter.wait("key", 3, HOUR)
    };
    let places = cancel::at_every_await(&time, wait, |awaits| {
        let status = limiter.status("key");
        let next = status.retry_after.expect("nothing is left");
        // The last is not dropped: it has waited for its three, and used them.
        assert_eq!((status.remaining, next), (0, 100 * MS), "dropped after {awaits} awaits");
    });
    assert_eq!(places, 1);
    assert_eq!(time.now(), Tick::ZERO + 300 * MS);
}

#[test]
fn a_call_that_is_dropped_behind_the_limiter_gives_its_tokens_back() {
    let time = ManualClock::new();
    let driver = Driver::new().with_clock(time.clock());
    let limiter = limiter(&time);
    let bulkhead = Scripted::new(Component::Bulkhead, "bulkhead");
    let layers = (&limiter, &bulkhead);
    let mut left = Vec::new();
    let call = || {
        limiter.reset("key");
        bulkhead.forget();
        bulkhead.then(Answer::Later(2));
        driver.protect(&layers).key("key").cost(4).acquire()
    };
    let places =
        cancel::at_every_await(&time, call, |_| left.push(limiter.status("key").remaining));
    assert_eq!((places, &left[..]), (2, &[5, 5, 1][..]), "only the last was let through");
    assert_eq!(bulkhead.counts().ended(Verdict::Abandoned), 1, "its permit was dropped");
}

#[test]
fn a_reservation_comes_back_unless_it_is_committed() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    let left = || limiter.status("key").remaining;
    let reservation = limiter.reserve("key", 3).expect("full");
    assert_eq!(left(), 2);
    let refused = limiter.reserve("key", 3).expect_err("two are left");
    assert_eq!(refused.retry_after(), Some(100 * MS));
    drop(reservation);
    assert_eq!(left(), 5);
    limiter.reserve("key", 3).expect("full").commit();
    assert_eq!(left(), 2);
    limiter.reserve("key", 2).expect("two are left").into_permit().failure();
    assert_eq!(left(), 0, "what failed has run");
}

#[test]
fn a_refund_gives_back_what_it_says_and_never_more_than_the_burst() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    limiter.check_rate("key", 5).expect("full");
    limiter.refund("key", 2);
    assert_eq!(limiter.status("key").remaining, 2);
    limiter.refund("key", 100);
    limiter.refund("other", 100);
    for key in ["key", "other"] {
        assert_eq!(limiter.exhaust(key), 5, "{key}");
    }
}

#[test]
fn a_reset_forgets_one_key_and_no_other() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    for key in ["key", "other"] {
        limiter.check_rate(key, 5).expect("full");
    }
    limiter.reset("key");
    limiter.reset("never seen");
    assert_eq!(limiter.status("key").remaining, 5);
    assert_eq!(limiter.status("other").remaining, 0);
}

#[test]
fn draining_takes_what_is_left_and_says_how_much() {
    let time = ManualClock::new();
    let limiter = limiter(&time);
    limiter.check_rate("key", 2).expect("full");
    assert_eq!((limiter.exhaust("key"), limiter.exhaust("key")), (3, 0));
    assert_eq!(limiter.status("key").retry_after, Some(100 * MS));
    time.advance(199 * MS);
    assert_eq!(limiter.exhaust("key"), 1, "whole tokens only");
    time.advance(MS);
    assert_eq!(limiter.exhaust("key"), 1);
    assert_eq!(limiter.exhaust("other"), 5);
}

#[test]
fn keys_without_room_are_refunded_and_drained_where_they_are_counted() {
    let time = ManualClock::new();
    let rule = Rule::new("api", 5, HOUR).max_keys(1);
    let driver = Driver::new().with_clock(time.clock());
    let limiter = RateLimiter::start(&rule).expect("valid").with_driver(driver);
    limiter.check_rate("kept", 1).expect("full");
    limiter.check_rate("one", 4).expect("what all others share");
    limiter.refund("two", 2);
    assert_eq!(limiter.status("one").remaining, 3);
    limiter.reset("one");
    assert_eq!(limiter.status("one").remaining, 3, "what it has spent, others have spent too");
    assert_eq!((limiter.exhaust("three"), limiter.status("one").remaining), (3, 0));
    assert_eq!(limiter.status("kept").remaining, 4);
}
