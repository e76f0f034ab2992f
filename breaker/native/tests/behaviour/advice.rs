//! What a view of the service that instances share does with a circuit.

use crate::fixture::{Fixture, MS, SECOND};
use seawall_breaker::{Backoff, BreakerOptions, Class, Counts, Ramp, RefusalKind, State, Verdict};
use seawall_core::Tick;

const RESET: std::time::Duration = SECOND;

fn options() -> BreakerOptions {
    BreakerOptions::new("payments").failures(1).reset_after(RESET)
}

#[test]
fn an_advised_circuit_opens_as_its_options_say_and_names_the_reason() {
    let bench = Fixture::new(&options());
    let generation = bench.breaker.advice().open().expect("it was closed");
    let advised = bench.breaker.advice().read();
    assert_eq!((advised.state, advised.generation), (State::Open, generation));
    assert_eq!(bench.status().retry_after, Some(RESET));
    assert_eq!(bench.changes(), [("closed", "open", "shared view")]);
    assert_eq!(bench.breaker.advice().open(), None, "it is open");
    assert_eq!(bench.acquire().expect_err("open").kind(), RefusalKind::CircuitOpen);
    bench.wait(RESET);
    bench.succeed(1);
    bench.assert_state(State::Closed);
    bench.assert_books_close();
}

#[test]
fn calls_from_before_it_was_opened_are_late() {
    let bench = Fixture::new(&options());
    let before = bench.admitted();
    _ = bench.breaker.advice().open();
    before.failure();
    assert_eq!(bench.status().calls.late, 1);
}

#[test]
fn a_held_circuit_is_not_probed_until_the_hold_ends() {
    let bench = Fixture::new(&options());
    bench.fail(1);
    let hold = |millis| bench.breaker.advice().hold_until(Tick::ZERO + millis * MS);
    hold(1500);
    bench.wait(RESET);
    assert!(!bench.status().is_due);
    assert_eq!(bench.acquire().expect_err("held").retry_after(), Some(500 * MS));
    hold(3000);
    bench.wait(1999 * MS);
    assert!(!bench.admits(), "held again");
    bench.wait(MS);
    assert!(bench.status().is_due);
    bench.succeed(1);
    bench.assert_state(State::Closed);
}

#[test]
fn a_hold_that_ends_leaves_the_time_of_the_options() {
    let bench = Fixture::new(&options());
    bench.fail(1);
    bench.breaker.advice().hold_until(Tick::ZERO + 60 * SECOND);
    assert_eq!(bench.breaker.export().open_for, RESET, "a hold is not carried over a restart");
    bench.wait(RESET / 2);
    bench.breaker.advice().hold_until(Tick::ZERO);
    assert_eq!(bench.status().retry_after, Some(RESET / 2));
    // Nor is the next opening held.
    bench.breaker.advice().hold_until(Tick::ZERO + 60 * SECOND);
    bench.breaker.reset();
    bench.fail(1);
    assert_eq!(bench.status().retry_after, Some(RESET));
}

#[test]
fn new_options_leave_a_hold() {
    let bench = Fixture::new(&options());
    bench.fail(1);
    bench.breaker.advice().hold_until(Tick::ZERO + 5 * SECOND);
    bench.breaker.reconfigure(&options().reset_after(2 * SECOND)).expect("valid");
    assert_eq!(bench.status().retry_after, Some(5 * SECOND));
    bench.breaker.advice().hold_until(Tick::ZERO);
    assert_eq!(bench.status().retry_after, Some(2 * SECOND));
}

#[test]
fn a_circuit_that_is_to_probe_makes_the_next_call_its_probe() {
    let bench = Fixture::new(&options().reset(Backoff::exponential(RESET, 60 * SECOND)));
    bench.fail(1);
    bench.breaker.advice().hold_until(Tick::ZERO + 60 * SECOND);
    assert!(bench.breaker.advice().probe());
    assert!(bench.status().is_due);
    bench.fail(1);
    bench.assert_state(State::Open);
    assert_eq!(bench.status().retry_after, Some(2 * RESET), "as any probe that fails");
    assert!(bench.breaker.advice().probe());
    bench.succeed(1);
    bench.assert_state(State::Closed);
    assert!(!bench.breaker.advice().probe(), "it is closed");
}

#[test]
fn a_probe_elsewhere_closes_it_as_its_own_does() {
    let bench = Fixture::new(&options());
    bench.fail(1);
    bench.breaker.advice().close();
    assert_eq!(bench.changes()[1], ("open", "closed", "shared probe succeeded"));
    assert_eq!(bench.status().attempt, 0);
    bench.breaker.advice().close();
    assert_eq!(bench.changes().len(), 2, "it is closed");

    let bench = Fixture::new(&options().ramp(Ramp::new(10 * SECOND, 1)));
    bench.fail(1);
    bench.breaker.advice().close();
    bench.assert_state(State::Recovering);
}

#[test]
fn a_probe_that_is_under_way_decides_itself() {
    let bench = Fixture::new(&options());
    bench.fail(1);
    bench.wait(RESET);
    let probe = bench.admitted();
    bench.breaker.advice().close();
    assert_eq!(bench.breaker.advice().open(), None);
    bench.assert_state(State::HalfOpen);
    probe.failure();
    bench.assert_state(State::Open);
}

#[test]
fn manual_control_takes_no_advice() {
    let bench = Fixture::new(&options());
    let advice = bench.breaker.advice();
    for (act, state) in [
        (seawall_breaker::CircuitBreaker::force_open as fn(&_), State::ForcedOpen),
        (seawall_breaker::CircuitBreaker::disable, State::Disabled),
        (seawall_breaker::CircuitBreaker::observe, State::Observing),
        (|breaker| breaker.trip(SECOND), State::Open),
    ] {
        act(&bench.breaker);
        advice.close();
        advice.hold_until(Tick::ZERO + 60 * SECOND);
        assert!(!advice.probe());
        assert_eq!(advice.open(), None);
        bench.assert_state(state);
    }
    bench.wait(SECOND);
    assert!(bench.status().is_due, "a trip is not held");
}

#[test]
fn a_service_that_said_when_to_retry_is_left_alone_until_then() {
    let bench = Fixture::new(&options());
    let overload = || Class::overload(Some(5 * SECOND));
    let call = bench.breaker.protect().classify(move |_: &Result<(), ()>| overload());
    assert!(call.run_blocking(|| Err(())).is_err());
    let advice = bench.breaker.advice();
    advice.close();
    assert!(!advice.probe());
    assert_eq!(bench.status().retry_after, Some(5 * SECOND));
    bench.wait(5 * SECOND);
    advice.hold_until(Tick::ZERO + 60 * SECOND);
    assert!(!bench.admits(), "another one probes");
    advice.close();
    bench.assert_state(State::Closed);
}

#[test]
fn an_open_circuit_heals_although_it_is_held() {
    let bench = Fixture::new(&options().heal_after(3 * SECOND));
    bench.fail(1);
    bench.breaker.advice().hold_until(Tick::ZERO + 60 * SECOND);
    assert_eq!(bench.status().retry_after, Some(3 * SECOND));
    bench.wait(3 * SECOND);
    bench.succeed(1);
    bench.assert_state(State::Closed);
}

#[test]
fn calls_are_counted_as_the_options_judge_them() {
    for (abandoned, failed) in [(Counts::Nothing, 2), (Counts::Failure, 3)] {
        let bench = Fixture::new(&options().failures(100).abandoned(abandoned));
        bench.succeed(3);
        for verdict in [Verdict::Failure, Verdict::Overload, Verdict::Abandoned, Verdict::Ignored] {
            bench.admitted().settle(verdict);
        }
        let advised = bench.breaker.advice().read();
        assert_eq!((advised.succeeded, advised.failed, advised.refused), (3, failed, 0));
        bench.breaker.force_open();
        assert!(!bench.admits());
        assert_eq!(bench.breaker.advice().read().refused, 1);
    }
}

#[test]
fn the_wait_after_probes_that_failed_is_that_of_the_options() {
    let bench = Fixture::new(&options().reset(Backoff::exponential(RESET, 5 * SECOND)));
    let waits: Vec<_> = (0..4).map(|failed| bench.breaker.advice().wait_after(failed)).collect();
    assert_eq!(waits, [SECOND, 2 * SECOND, 4 * SECOND, 5 * SECOND]);
}
