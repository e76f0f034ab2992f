//! How a circuit closes again.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::fixture::{Fixture, MS, SECOND};
use seawall_breaker::{Backoff, BreakerOptions, Class, Probes, Ramp, Ratio, State, Verdict};

fn options() -> BreakerOptions {
    BreakerOptions::new("payments").failures(1)
}

/// How long it stays open, each time that its probe fails.
fn waits(bench: &Fixture, times: usize) -> Vec<Duration> {
    bench.fail(1);
    let mut waits = Vec::new();
    for _ in 0..times {
        let wait = bench.status().retry_after.expect("open");
        bench.wait(wait.saturating_sub(MS));
        assert!(!bench.admits(), "not before");
        bench.wait(MS);
        bench.fail(1);
        waits.push(wait);
    }
    waits
}

#[test]
fn an_exponential_backoff_doubles_and_starts_anew_when_it_was_closed() {
    let (first, most) = (SECOND, 5 * SECOND);
    let bench = Fixture::new(&options().reset(Backoff::exponential(first, most)));
    assert_eq!(waits(&bench, 4), [SECOND, 2 * SECOND, 4 * SECOND, 5 * SECOND]);
    assert_eq!(bench.status().attempt, 5);
    bench.wait(5 * SECOND);
    bench.succeed(1);
    assert_eq!(bench.status().attempt, 0);
    assert_eq!(waits(&bench, 2), [SECOND, 2 * SECOND]);
}

#[test]
fn jitter_spreads_the_probes_of_many_breakers() {
    let jitter = Ratio::percent(50);
    let reset = Backoff::exponential(10 * SECOND, 10 * SECOND).with_jitter(jitter);
    let waits: Vec<_> = (0..50)
        .map(|_| {
            let bench = Fixture::new(&options().reset(reset.clone()));
            bench.fail(1);
            bench.status().retry_after.expect("open")
        })
        .collect();
    assert!(waits.iter().all(|wait| (5 * SECOND..=10 * SECOND).contains(wait)), "{waits:?}");
    let spread = *waits.iter().max().expect("some") - *waits.iter().min().expect("some");
    assert!(spread > SECOND, "{waits:?}");
}

#[test]
fn jitter_is_drawn_anew_each_time() {
    let reset = Backoff::exponential(10 * SECOND, 10 * SECOND).with_jitter(Ratio::percent(50));
    let bench = Fixture::new(&options().reset(reset));
    let mut drawn = waits(&bench, 40);
    drawn.sort();
    drawn.dedup();
    assert!(drawn.len() > 35, "{drawn:?}");
    assert!(drawn[0] < 7 * SECOND && drawn[drawn.len() - 1] > 8 * SECOND, "{drawn:?}");
}

#[test]
fn while_a_probe_is_out_the_others_wait_as_long_as_the_circuit_was_open() {
    let (first, most) = (SECOND, 8 * SECOND);
    let reset = Backoff::exponential(first, most);
    let bench = Fixture::new(&options().reset(reset));
    assert_eq!(waits(&bench, 2).len(), 2);
    bench.wait(4 * SECOND);
    let _probe = bench.admitted();
    assert_eq!(bench.acquire().expect_err("it is out").retry_after(), Some(4 * SECOND));
}

#[test]
fn a_function_of_the_attempt_says_how_long() {
    let reset = Backoff::function(|attempt| Duration::from_secs(10 + u64::from(attempt)));
    let bench = Fixture::new(&options().reset(reset));
    assert_eq!(waits(&bench, 3), [10 * SECOND, 11 * SECOND, 12 * SECOND]);
}

/// A function that has no answer, whether the call that opens the circuit fails or panics itself: in
/// that case it is asked while the stack unwinds.
#[test]
fn a_function_of_the_attempt_that_panics_leaves_the_circuit_open_for_the_usual_time() {
    let panics = options().reset(Backoff::function(|_| panic!("no answer")));
    let bench = Fixture::new(&panics);
    bench.fail(1);
    assert_eq!(bench.status().retry_after, Some(5 * SECOND));
    bench.breaker.reset();
    let op = || bench.breaker.execute_blocking(|| -> Result<(), Infallible> { panic!("op") });
    let panicked = catch_unwind(AssertUnwindSafe(op)).expect_err("it goes on");
    assert_eq!(panicked.downcast_ref(), Some(&"op"));
    assert_eq!(bench.status().retry_after, Some(5 * SECOND));
    bench.breaker.reconfigure(&options().reset_after(9 * SECOND)).expect("valid");
    bench.breaker.reconfigure(&panics).expect("valid");
    assert_eq!(bench.status().retry_after, Some(5 * SECOND));
    bench.wait(5 * SECOND);
    bench.succeed(1);
    bench.assert_state(State::Closed);
}

fn half_open(probes: Probes) -> Fixture {
    let bench = Fixture::new(&options().probes(probes));
    bench.fail(1);
    bench.wait(5 * SECOND);
    bench
}

#[test]
fn of_several_probes_enough_must_succeed() {
    let probes = Probes::new(4, Ratio::percent(75));
    let bench = half_open(probes);
    bench.succeed(1);
    bench.fail(1);
    bench.succeed(1);
    bench.assert_state(State::HalfOpen);
    bench.succeed(1);
    bench.assert_state(State::Closed);
    let bench = half_open(probes);
    bench.succeed(2);
    bench.fail(1);
    bench.assert_state(State::HalfOpen);
    bench.fail(1);
    bench.assert_state(State::Open);
    let last = bench.changes().pop().expect("changes");
    assert_eq!(last, ("half_open", "open", "probes failed"));
}

#[test]
fn no_more_probes_are_out_than_there_are_permits() {
    let bench = half_open(Probes::new(3, Ratio::ONE));
    let out: Vec<_> = (0..3).map(|_| bench.admitted()).collect();
    for _ in 0..5 {
        assert!(!bench.admits());
    }
    for probe in out {
        probe.settle(Verdict::Ignored);
    }
    bench.assert_state(State::HalfOpen);
    assert_eq!(bench.status().retry_after, Some(Duration::ZERO), "the next may probe at once");
    bench.succeed(3);
    bench.assert_state(State::Closed);
    bench.assert_books_close();
}

/// Of three, of which two must succeed, one has and one has not.
fn half_decided() -> Fixture {
    let bench = half_open(Probes::new(3, Ratio::percent(60)));
    bench.succeed(1);
    bench.fail(1);
    bench.assert_state(State::HalfOpen);
    bench
}

#[test]
fn fewer_probes_in_the_middle_of_probing_do_not_wedge_it() {
    let bench = half_decided();
    bench.breaker.reconfigure(&options().probes(Probes::new(1, Ratio::ONE))).expect("valid");
    bench.assert_state(State::HalfOpen);
    bench.succeed(1);
    bench.assert_state(State::Closed);
}

#[test]
fn another_lease_in_the_middle_of_probing_leaves_what_was_shown() {
    let bench = half_decided();
    let longer = Probes::new(3, Ratio::percent(60)).with_lease(60 * SECOND);
    bench.breaker.reconfigure(&options().probes(longer)).expect("valid");
    bench.succeed(1);
    bench.assert_state(State::Closed);
}

#[test]
fn fewer_probes_are_out_once_there_are_fewer_permits() {
    let bench = half_open(Probes::new(3, Ratio::ONE).with_lease(SECOND));
    let _hung = [bench.admitted(), bench.admitted(), bench.admitted()];
    bench.breaker.reconfigure(&options().probes(Probes::new(1, Ratio::ONE))).expect("valid");
    assert!(!bench.admits());
    bench.wait(SECOND);
    let _probe = bench.admitted();
    assert!(!bench.admits(), "the two others have lost their turns too");
}

#[test]
fn each_probe_has_its_own_lease() {
    let bench = half_open(Probes::new(2, Ratio::ONE).with_lease(10 * SECOND));
    let first = bench.admitted();
    bench.wait(4 * SECOND);
    let second = bench.admitted();
    bench.wait(6 * SECOND);
    let third = bench.admitted();
    assert!(!bench.admits());
    first.failure();
    bench.assert_state(State::HalfOpen);
    assert_eq!(bench.status().calls.late, 1);
    second.success();
    third.success();
    bench.assert_state(State::Closed);
    bench.assert_books_close();
}

#[test]
fn a_probe_that_succeeds_when_its_lease_is_over_is_late() {
    let bench = half_open(Probes::new(1, Ratio::ONE).with_lease(10 * SECOND));
    let overdue = bench.admitted();
    bench.wait(10 * SECOND);
    let probe = bench.admitted();
    overdue.success();
    bench.assert_state(State::HalfOpen);
    let totals = bench.status().calls;
    assert_eq!((totals.late, totals.ended(Verdict::Success)), (1, 0));
    probe.success();
    bench.assert_state(State::Closed);
    bench.assert_books_close();
}

#[test]
fn a_slow_probe_succeeds_where_slowness_is_no_rule_and_a_fast_one_where_it_is() {
    let slow = options().slow_call(SECOND);
    for options in [slow.clone().hung_calls(9), slow.slow_call_rate(Ratio::percent(50))] {
        let bench = Fixture::new(&options);
        bench.fail(1);
        bench.wait(5 * SECOND);
        let time = if options == options.clone().hung_calls(9) { 2 * SECOND } else { 10 * MS };
        bench.succeed_in(time);
        bench.assert_state(State::Closed);
    }
}

#[test]
fn a_slow_probe_fails_where_slowness_is_a_rule() {
    let slow = options().slow_call(SECOND).slow_call_rate(Ratio::percent(50));
    let bench = Fixture::new(&slow);
    bench.fail(1);
    bench.wait(5 * SECOND);
    bench.succeed_in(SECOND);
    bench.assert_state(State::Open);
}

#[test]
fn an_overloaded_probe_reopens_the_circuit_for_its_retry_after() {
    let bench = half_open(Probes::default());
    bench.admitted().settle(Class::overload(Some(20 * SECOND)));
    assert_eq!(bench.status().retry_after, Some(20 * SECOND));
}

#[test]
fn one_overloaded_probe_of_several_reopens_the_circuit() {
    let bench = half_open(Probes::new(4, Ratio::percent(50)));
    bench.succeed(1);
    let other = bench.admitted();
    bench.admitted().settle(Class::overload(None));
    bench.assert_state(State::HalfOpen);
    bench.admitted().settle(Class::overload(Some(20 * SECOND)));
    assert_eq!(bench.status().retry_after, Some(20 * SECOND));
    assert_eq!(bench.changes().pop(), Some(("half_open", "open", "overload")));
    other.success();
    bench.assert_state(State::Open);
    bench.assert_books_close();
}

#[test]
fn it_can_heal_without_a_probe() {
    let bench = Fixture::new(&options().reset_after(60 * SECOND).heal_after(7 * SECOND));
    bench.fail(1);
    assert_eq!(bench.status().retry_after, Some(7 * SECOND));
    bench.wait(7 * SECOND - MS);
    assert!(!bench.admits());
    bench.wait(MS);
    let (one, other) = (bench.admitted(), bench.admitted());
    one.success();
    other.success();
    assert_eq!(bench.changes()[1], ("open", "closed", "healed"));
}

#[test]
fn traffic_rises_over_the_ramp_and_then_it_is_closed() {
    let bench = Fixture::new(&options().failures(2).ramp(Ramp::new(10 * SECOND, 1)));
    bench.fail(2);
    bench.wait(5 * SECOND);
    bench.succeed(1);
    bench.assert_state(State::Recovering);
    let mut passed = [0; 10];
    for second in &mut passed {
        for _ in 0..100 {
            *second += u32::from(bench.admits());
            bench.wait(10 * MS);
        }
    }
    assert!(passed.is_sorted(), "{passed:?}");
    assert!((1..15).contains(&passed[0]) && passed[9] > 85, "{passed:?}");
    assert!(bench.admits());
    bench.assert_state(State::Closed);
    assert_eq!(bench.changes()[3], ("recovering", "closed", "ramp over"));
}

/// One whose ramp over ten seconds began just now.
fn recovering(floor: u32) -> Fixture {
    let bench = Fixture::new(&options().ramp(Ramp::new(10 * SECOND, floor)));
    bench.fail(1);
    bench.wait(5 * SECOND);
    bench.succeed(1);
    bench.assert_state(State::Recovering);
    bench
}

#[test]
fn a_refusal_on_the_ramp_has_the_time_at_which_the_floor_admits_the_next() {
    let bench = recovering(2);
    assert!(bench.admits(), "the first");
    bench.wait(100 * MS);
    let wait = bench.acquire().expect_err("two a second").retry_after().expect("known");
    assert_eq!(wait, 400 * MS);
    bench.wait(wait - MS);
    assert!(!bench.admits());
    bench.wait(MS);
    assert!(bench.admits());
}

#[test]
fn without_a_floor_a_refusal_on_the_ramp_has_the_time_of_its_end() {
    let bench = recovering(0);
    bench.wait(SECOND);
    let wait = bench.acquire().expect_err("a tenth of them").retry_after();
    assert_eq!(wait, Some(9 * SECOND));
    bench.wait(9 * SECOND);
    assert!(bench.admits());
    bench.assert_state(State::Closed);
}

#[test]
fn no_retry_after_on_the_ramp_is_longer_than_the_ramp() {
    let bench = recovering(1);
    bench.wait(9 * SECOND + 500 * MS);
    let refused = (0..100).find_map(|_| bench.acquire().map(drop).err());
    assert_eq!(refused.expect("a twentieth of them").retry_after(), Some(500 * MS));
}

#[test]
fn a_floor_that_comes_in_the_middle_of_the_ramp_is_one_from_then_on() {
    let bench = recovering(0);
    bench.wait(5 * SECOND);
    assert_eq!([bench.admits(), bench.admits()], [false, true], "half of them");
    let floored = options().ramp(Ramp::new(3600 * SECOND, 10));
    bench.breaker.reconfigure(&floored).expect("valid");
    bench.wait(100 * MS);
    assert!(bench.admits());
    let wait = bench.acquire().expect_err("ten a second").retry_after();
    assert_eq!(wait, Some(100 * MS));
}

#[test]
fn failures_on_the_ramp_open_it_again_and_what_is_under_way_at_its_end_counts() {
    let bench = Fixture::new(&options().failures(2).ramp(Ramp::new(10 * SECOND, 100)));
    bench.fail(2);
    bench.wait(5 * SECOND);
    bench.succeed(1);
    bench.wait(SECOND);
    bench.fail(1);
    bench.assert_state(State::Recovering);
    bench.wait(10 * MS);
    let under_way = bench.acquire();
    bench.wait(9 * SECOND);
    let under_way = under_way.expect("a hundred a second at the least");
    assert!(bench.admits());
    bench.assert_state(State::Closed);
    under_way.failure();
    bench.assert_state(State::Open);
    bench.assert_books_close();
}

#[test]
fn a_function_of_the_attempt_that_gives_no_time_leaves_the_circuit_open_for_the_usual_time() {
    let bench = Fixture::new(&options().reset(Backoff::function(|_| Duration::ZERO)));
    bench.fail(1);
    assert_eq!(bench.acquire().expect_err("open").retry_after(), Some(5 * SECOND));
}

#[test]
fn a_circuit_that_is_tripped_for_no_time_never_says_to_retry_at_once() {
    let bench = Fixture::new(&options());
    bench.breaker.trip(Duration::ZERO);
    let _probe = bench.admitted();
    assert_eq!(bench.acquire().expect_err("it is out").retry_after(), Some(5 * SECOND));
}

#[test]
fn new_options_for_an_open_circuit_spread_the_probes_too() {
    let jitter = Ratio::percent(50);
    let reset = |seconds: u32| {
        let first = seconds * SECOND;
        options().reset(Backoff::exponential(first, first).with_jitter(jitter))
    };
    let waits: Vec<_> = (0..50)
        .map(|_| {
            let bench = Fixture::new(&reset(10));
            bench.fail(1);
            bench.breaker.reconfigure(&reset(20)).expect("valid");
            bench.status().retry_after.expect("open")
        })
        .collect();
    assert!(waits.iter().all(|wait| (10 * SECOND..=20 * SECOND).contains(wait)), "{waits:?}");
    let spread = *waits.iter().max().expect("some") - *waits.iter().min().expect("some");
    assert!(spread > 2 * SECOND, "{waits:?}");
}
