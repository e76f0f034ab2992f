//! How long a layer may put a call off.

use std::time::Duration;

use seawall_core::{Call, Component, Driver, RefusalKind, Tick, Verdict};
use seawall_testkit::{Answer, ManualClock, Scripted};

const MS: Duration = Duration::from_millis(1);
const NOW: Tick = Tick::from_millis(1_000);

#[test]
fn what_the_call_says_counts_and_the_layers_own_wait_where_it_says_nothing() {
    for (says, until) in
        [(None, NOW + 30 * MS), (Some(Duration::ZERO), NOW), (Some(500 * MS), NOW + 500 * MS)]
    {
        let call = Call::at(NOW).with_max_wait(says);
        assert_eq!(call.patience(30 * MS), until, "{says:?}");
        let earlier = Call::at(NOW).with_max_wait(says).with_deadline(NOW + 10 * MS);
        assert_eq!(earlier.patience(30 * MS), until.min(NOW + 10 * MS), "{says:?}");
        let later = Call::at(NOW).with_max_wait(says).with_deadline(NOW + 900 * MS);
        assert_eq!(later.patience(30 * MS), until, "a deadline makes nothing longer: {says:?}");
    }
}

#[test]
fn a_wait_beyond_the_end_of_time_ends_there() {
    let call = Call::at(NOW).with_max_wait(Some(Duration::MAX));
    assert_eq!(call.patience(Duration::ZERO), Tick::MAX);
    assert_eq!(Call::at(NOW).patience(Duration::MAX), Tick::MAX);
}

struct Bench {
    time: ManualClock,
    driver: Driver,
    bulkhead: Scripted,
}

impl Bench {
    /// A bulkhead without a place, which would have calls wait for 50 ms.
    fn full() -> Self {
        let time = ManualClock::new();
        let driver = Driver::new().with_clock(time.clock());
        let bulkhead = Scripted::new(Component::Bulkhead, "bulkhead");
        bulkhead.then(Answer::Never(50 * MS, RefusalKind::CheckoutTimeout));
        Self { time, driver, bulkhead }
    }
}

#[test]
fn a_layer_gives_up_when_the_call_would() {
    for (max_wait, waited) in [(None, 50 * MS), (Some(20 * MS), 20 * MS), (Some(70 * MS), 70 * MS)]
    {
        let bench = Bench::full();
        let mut call = bench.driver.protect(&bench.bulkhead);
        if let Some(max_wait) = max_wait {
            call = call.max_wait(max_wait);
        }
        let refusal = bench.time.block_on(call.acquire()).expect_err("no place");
        assert_eq!(refusal.kind(), RefusalKind::CheckoutTimeout);
        assert_eq!(bench.time.now(), Tick::ZERO + waited, "{max_wait:?}");
    }
}

#[test]
fn the_deadline_is_named_where_it_is_what_ends_the_wait() {
    let bench = Bench::full();
    let call = bench.driver.protect(&bench.bulkhead).max_wait(70 * MS).deadline(60 * MS);
    let refusal = bench.time.block_on(call.acquire()).expect_err("no place");
    assert_eq!(refusal.kind(), RefusalKind::Deadline);
    assert_eq!(bench.time.now(), Tick::ZERO + 60 * MS);
}

#[test]
fn a_layer_that_is_asked_again_goes_on_with_the_same_patience() {
    let bench = Bench::full();
    bench.bulkhead.forget();
    bench.bulkhead.then(Answer::AskAfter(15 * MS)).then(Answer::AskAfter(15 * MS));
    bench.bulkhead.then(Answer::Never(50 * MS, RefusalKind::CheckoutTimeout));
    let call = bench.driver.protect(&bench.bulkhead).max_wait(40 * MS);
    bench.time.block_on(call.acquire()).expect_err("no place");
    assert_eq!(bench.time.now(), Tick::ZERO + 40 * MS, "not 30 and 40");
}

#[test]
fn each_layer_has_the_patience_for_itself() {
    let bench = Bench::full();
    let limiter = Scripted::new(Component::RateLimiter, "limiter");
    limiter.then(Answer::GoAfter(30 * MS));
    let layers = (&limiter, &bench.bulkhead);
    let call = bench.driver.protect(&layers).max_wait(40 * MS);
    bench.time.block_on(call.acquire()).expect_err("no place");
    assert_eq!(bench.time.now(), Tick::ZERO + 70 * MS, "30 for the limiter, 40 for the bulkhead");
    assert_eq!(limiter.counts().ended(Verdict::Unused), 1);
}
