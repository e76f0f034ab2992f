//! A timeout that follows a quantile: how fast, within which bounds, and that it cannot collapse.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use seawall_core::policy::{Budget, BudgetOptions, Policy, QuantileTimeout, Retry};
use seawall_core::{Component, Driver, Handle, Tick, Verdict};
use seawall_testkit::{ManualClock, Scripted};

use crate::random::{Random, lognormal};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Makes calls one after the other, a hundred a second.
struct Calls {
    time: ManualClock,
    handle: Handle<Arc<Scripted>>,
    random: Random,
}

impl Calls {
    fn new(timeout: QuantileTimeout) -> Self {
        let time = ManualClock::new();
        let budget = Budget::start(&BudgetOptions::new("service")).expect("valid options");
        let policy = Policy::new(&budget).with_timeout(timeout).expect("valid options");
        let policy = policy.with_retry(Retry::new().attempts(4)).expect("valid options");
        let breaker = Arc::new(Scripted::new(Component::CircuitBreaker, "service"));
        let driver = Driver::new().with_clock(time.clock());
        Self { time, handle: driver.handle(breaker).with_policy(policy), random: Random::new(3) }
    }

    fn timeout(&self) -> Duration {
        self.handle.policy().and_then(Policy::timeout).expect("there is one")
    }

    /// Makes a call that takes `takes`. Returns true if it was cut.
    fn call(&self, takes: Duration) -> bool {
        let ends = self.time.now() + 10 * MS;
        let clock = self.time.clock();
        let run = self.handle.run(async || {
            clock.sleep_until(self.time.now() + takes).await;
            Ok::<(), ()>(())
        });
        let is_cut = self.time.block_on(run).is_err();
        self.time.advance_to(ends);
        is_cut
    }

    /// Makes calls that take a lognormal time with a median of 20 ms, times `factor`. Returns how many were
    /// cut.
    fn calls(&mut self, count: u32, factor: u32) -> u32 {
        (0..count)
            .map(|_| {
                let takes = lognormal(self.random.next()) * factor / 10;
                u32::from(self.call(takes))
            })
            .sum()
    }
}

fn wide() -> QuantileTimeout {
    QuantileTimeout::new().min(10 * MS).max(60 * SECOND)
}

#[test]
fn it_is_the_maximum_until_there_are_enough_calls_and_then_follows_them() {
    let mut calls = Calls::new(wide());
    assert_eq!(calls.timeout(), 60 * SECOND);
    assert_eq!(calls.calls(400, 10), 0);
    assert_eq!(calls.timeout(), 60 * SECOND);
    // It falls by a tenth each second.
    calls.calls(6_000, 10);
    let exact = lognormal(0.999) * 2;
    let timeout = calls.timeout();
    assert!(exact.mul_f64(0.6) < timeout && timeout < exact.mul_f64(1.6), "{timeout:?}, {exact:?}");
}

#[test]
fn after_latency_times_ten_few_calls_are_cut_wrongly() {
    let mut calls = Calls::new(wide());
    calls.calls(6_000, 10);
    let before = calls.timeout();
    let at_first = calls.calls(200, 100);
    assert!(at_first < 60, "{at_first} of 200, from {before:?}");
    let later = calls.calls(2_000, 100);
    assert!(later < 20, "{later} of 2,000");
}

#[test]
fn after_latency_by_ten_it_follows_within_two_minutes() {
    let mut calls = Calls::new(wide());
    calls.calls(6_000, 10);
    let slow = calls.timeout();
    let ends = calls.time.now() + 120 * SECOND;
    while calls.time.now() < ends {
        calls.calls(100, 1);
    }
    let (fast, exact) = (calls.timeout(), lognormal(0.999) * 2 / 10);
    assert!(fast < slow / 5 && fast < exact.mul_f64(1.6), "{slow:?}, {fast:?}, {exact:?}");
}

/// A call that is cut reveals only that it takes longer. Where such calls are not counted, the quantile
/// falls, and more are cut.
#[test]
fn calls_that_are_cut_do_not_make_it_fall() {
    let mut calls = Calls::new(wide());
    calls.calls(6_000, 10);
    let cut: u32 =
        (0..300).map(|_| calls.calls(50, 10) + u32::from(calls.call(3600 * SECOND))).sum();
    // Two calls of a hundred hang, more than the quantile leaves over: they are left to a breaker.
    assert!(cut < 300 + 30, "{cut}");
    assert_eq!(calls.timeout(), 60 * SECOND, "up to the maximum, never down");
}

#[test]
fn it_does_not_fall_while_the_service_is_overloaded() {
    let mut calls = Calls::new(wide());
    calls.calls(6_000, 100);
    let slow = calls.timeout();
    for _ in 0..240 {
        calls.calls(50, 1);
        let overloaded = calls.handle.call().classify(|_: &Result<(), ()>| Verdict::Overload);
        _ = calls.time.block_on(overloaded.run(async || Err(())));
    }
    assert!(calls.timeout() >= slow, "{slow:?}, {:?}", calls.timeout());
}

#[test]
fn fast_failures_and_refusals_are_no_fast_answers() {
    let mut calls = Calls::new(wide());
    calls.calls(6_000, 10);
    let before = calls.timeout();
    for _ in 0..6_000 {
        _ = calls.time.block_on(calls.handle.run(async || Err::<(), _>("down")));
    }
    calls.calls(200, 10);
    assert!(calls.timeout() > before / 2);
}

#[test]
fn a_further_attempt_has_twice_as_long() {
    let mut calls = Calls::new(wide().max(SECOND));
    calls.calls(6_000, 10);
    let timeout = calls.timeout();
    assert!(timeout < SECOND / 4, "{timeout:?}");
    let mut begun = Vec::new();
    let call = calls.handle.call().idempotent();
    let run = call.run_attempts(|_| {
        begun.push(calls.time.now());
        pending::<Result<(), ()>>()
    });
    let error = calls.time.block_on(run).expect_err("all are cut");
    let seawall_core::Error::TimedOut(elapsed) = error else { panic!("{error:?}") };
    assert_eq!(begun.len(), 4);
    assert_eq!(elapsed.limit(), (timeout * 8).min(SECOND));
    let twice = begun[2].since(begun[1]);
    assert!(twice >= timeout * 2 && twice < timeout * 2 + SECOND / 4, "{twice:?}, {timeout:?}");
}

#[test]
fn a_call_s_own_timeout_holds_and_a_handle_s_if_it_is_shorter() {
    let calls = Calls::new(wide());
    let run = calls.handle.call().timeout(5 * MS).run(pending::<Result<(), ()>>);
    calls.time.block_on(run).expect_err("cut");
    assert_eq!(calls.time.now(), Tick::ZERO + 5 * MS);
    let handle = calls.handle.clone().with_limits(Some(7 * MS), None);
    calls.time.block_on(handle.run(pending::<Result<(), ()>>)).expect_err("cut");
    assert_eq!(calls.time.now(), Tick::ZERO + 12 * MS);
    let handle = calls.handle.clone().with_limits(Some(3600 * SECOND), None);
    calls.time.block_on(handle.owned().run(pending::<Result<(), ()>>)).expect_err("cut");
    assert_eq!(calls.time.now(), Tick::ZERO + 12 * MS + 60 * SECOND);
}

/// Calls that are dropped, permits and threads are measured too.
#[test]
fn all_ways_to_run_a_call_are_measured() {
    let calls = Calls::new(wide().max(20 * SECOND));
    let (time, handle) = (&calls.time, &calls.handle);
    let count = || format!("{:?}", handle.policy().and_then(Policy::latency).expect("measured"));
    for (nth, run) in [
        (|calls| _ = calls.handle.run_blocking(|| Ok::<(), ()>(()))) as fn(&Calls),
        |calls| {
            _ = calls.handle.run_blocking(|| {
                calls.time.advance(SECOND);
                Err::<(), ()>(())
            });
        },
        |calls| calls.handle.call().acquire_blocking().expect("admitted").success(),
        |calls| drop(calls.handle.call().acquire_blocking().expect("admitted")),
        |calls| {
            let permit = calls.handle.call().acquire_blocking().expect("admitted");
            drop(permit.report(Verdict::Success));
        },
        |calls| _ = calls.call(MS),
        |calls| _ = calls.call(3600 * SECOND),
    ]
    .into_iter()
    .enumerate()
    {
        run(&calls);
        time.advance(MS);
        assert!(count().starts_with(&format!("LatencySketch {{ count: {}, ", nth + 1)), "{nth}");
    }
    drop(handle.call().reserve_blocking().expect("admitted"));
    assert!(count().starts_with("LatencySketch { count: 7, "), "it did not run: {}", count());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_is_never_below_the_minimum_nor_above_the_maximum(
        phases in prop::collection::vec((1_u32..300, 0_u64..3_000, any::<bool>()), 1..12),
        bounds in (1_u64..200, 0_u64..2_000),
    ) {
        let (min, max) = (bounds.0, bounds.0 + bounds.1);
        let calls = Calls::new(QuantileTimeout::new()
            .min(Duration::from_millis(min)).max(Duration::from_millis(max)));
        for (count, takes, hang) in phases {
            for nth in 0..count {
                let takes = if hang && nth % 3 == 0 { 3_600_000 } else { takes };
                let begun = calls.time.now();
                let run = calls.handle.call().deadline(700 * MS).run(async || {
                    calls.time.clock().sleep_until(begun + Duration::from_millis(takes)).await;
                    Ok::<(), ()>(())
                });
                let is_cut = calls.time.block_on(run).is_err();
                let took = calls.time.now().since(begun);
                prop_assert!(took <= Duration::from_millis(max.min(700)));
                prop_assert!(!is_cut || took >= Duration::from_millis(min.min(700)));
                let timeout = calls.timeout();
                prop_assert!((min..=max).contains(&u64::try_from(timeout.as_millis()).expect("short")));
            }
        }
    }
}

#[test]
fn a_policy_in_place_of_another_goes_on_with_what_was_measured() {
    let timeout = QuantileTimeout::new().min(MS).max(5 * SECOND);
    let mut calls = Calls::new(timeout);
    calls.calls(6_000, 10);
    let measured = calls.timeout();
    assert!(measured < SECOND, "it has followed the calls: {measured:?}");
    let earlier = calls.handle.policy().expect("there is one").clone();
    let new = |timeout: QuantileTimeout| {
        let policy = Policy::new(earlier.budget()).with_timeout(timeout).expect("valid options");
        assert_eq!(policy.timeout(), Some(timeout.max), "nothing is measured yet");
        policy.measuring_as(&earlier)
    };
    let same = new(timeout);
    assert_eq!(same.timeout(), Some(measured), "the same measurements");
    let doubled = new(timeout.factor(2.0 * timeout.factor)).timeout().expect("there is one");
    let ratio = doubled.as_secs_f64() / measured.as_secs_f64();
    assert!((1.9..2.2).contains(&ratio), "of the same quantile: {ratio}");
}
