//! What a status page is told, which knows readings by their names alone.

use seawall_breaker::{BreakerOptions, Probes, Ramp, RateWindow, Ratio, RefusalKind, State};
use seawall_core::{Backend, Status};

use crate::fixture::{Fixture, MS, SECOND};

fn told(bench: &Fixture) -> Status {
    Backend::status(&bench.breaker, bench.time.now())
}

#[track_caller]
fn assert_told(bench: &Fixture, readings: &[(&str, Option<u64>)]) {
    let status = told(bench);
    for (name, value) in readings {
        assert_eq!(status.reading(name), *value, "{name} of {status}");
    }
}

#[test]
fn it_is_told_how_long_the_state_has_lasted_and_how_often_it_has_opened() {
    let bench = Fixture::new(&BreakerOptions::new("payments").failures(2));
    assert_told(&bench, &[("since_ns", Some(0)), ("attempt", Some(0))]);
    bench.fail(2);
    bench.wait(5 * SECOND);
    bench.fail(1);
    bench.wait(3 * SECOND);
    assert_told(&bench, &[("since_ns", Some(3_000_000_000)), ("attempt", Some(2))]);
}

#[test]
fn what_a_rule_counts_is_told_where_there_is_the_rule() {
    let bench = Fixture::new(&BreakerOptions::new("payments").failures(9));
    bench.fail(2);
    let none =
        ["consecutive_failures", "failure_rate_ppm", "slow_rate_ppm", "sample_calls", "hung"];
    assert_told(&bench, &none.map(|name| (name, None)));
    assert_told(&bench, &[("failures_in_window", Some(2))]);

    let rates = BreakerOptions::new("payments").failure_rate(Ratio::ONE);
    let slow = rates.slow_call(SECOND).slow_call_rate(Ratio::ONE).hung_calls(9);
    let all = slow.rate_window(RateWindow::Calls(6)).minimum_calls(6).consecutive_failures(9);
    let bench = Fixture::new(&all);
    bench.succeed_in(SECOND);
    bench.succeed(2);
    bench.fail(2);
    let counted = [("consecutive_failures", Some(2)), ("sample_calls", Some(5)), ("hung", Some(0))];
    assert_told(&bench, &counted);
    let unknown = [("failure_rate_ppm", None), ("slow_rate_ppm", None)];
    assert_told(&bench, &unknown);
    bench.fail(1);
    let _hanging = bench.admitted();
    bench.wait(2 * SECOND);
    assert!(bench.admits());
    let known = [("failure_rate_ppm", Some(500_000)), ("slow_rate_ppm", Some(166_666))];
    assert_told(&bench, &known);
    assert_told(&bench, &[("hung", Some(1))]);
}

#[test]
fn a_circuit_that_nobody_calls_says_when_it_is_due() {
    let ramp = Ramp::new(10 * SECOND, 1);
    let options = BreakerOptions::new("payments").failures(1).ramp(ramp).probe_lease(SECOND);
    let fixture = Fixture::new(&options);
    let is_due = || fixture.status().is_due;
    assert!(!is_due());
    fixture.fail(1);
    fixture.wait(5 * SECOND - MS);
    assert!(!is_due());
    fixture.wait(MS);
    assert!(is_due());
    fixture.assert_state(State::Open);
    let hung = fixture.admitted();
    assert!(!is_due(), "its probe is out");
    fixture.wait(SECOND);
    assert!(is_due(), "its lease is over");
    fixture.succeed(1);
    fixture.assert_state(State::Recovering);
    assert!(!is_due());
    fixture.wait(10 * SECOND);
    assert!(is_due());
    fixture.succeed(1);
    assert!(!is_due());
    drop(hung);
    let healing = Fixture::new(&options.heal_after(2 * SECOND));
    healing.fail(1);
    healing.wait(2 * SECOND);
    assert!(healing.status().is_due);
    let page = Backend::status(&healing.breaker, healing.time.now());
    assert_eq!((page.state, page.reading("is_due")), ("open", Some(1)));
}

#[test]
fn a_sample_is_empty_in_a_state_that_counts_no_calls() {
    let rates = BreakerOptions::new("payments").failure_rate(Ratio::ONE).minimum_calls(9);
    let fixture = Fixture::new(&rates.failures(1).probes(Probes::new(3, Ratio::ONE)));
    let calls = || fixture.status().sample.expect("a rule").calls;
    fixture.breaker.disable();
    fixture.succeed(1);
    fixture.fail(1);
    assert_eq!(calls(), 0);
    fixture.breaker.reset();
    fixture.succeed(1);
    assert_eq!(calls(), 1);
    fixture.fail(1);
    fixture.wait(5 * SECOND);
    fixture.succeed(2);
    fixture.assert_state(State::HalfOpen);
    assert_eq!(calls(), 0);
}

#[test]
fn refusals_say_in_which_state_the_circuit_is() {
    let ramp = Ramp::new(10 * SECOND, 0);
    let fixture = Fixture::new(&BreakerOptions::new("payments").failures(1).ramp(ramp));
    let kind = || fixture.acquire().expect_err("refused").kind();
    fixture.fail(1);
    assert_eq!(kind(), RefusalKind::CircuitOpen);
    fixture.wait(5 * SECOND);
    let probe = fixture.admitted();
    assert_eq!(kind(), RefusalKind::CircuitHalfOpen);
    probe.success();
    fixture.wait(MS);
    assert_eq!(kind(), RefusalKind::CircuitRecovering);
    fixture.breaker.force_open();
    assert_eq!(kind(), RefusalKind::CircuitForcedOpen);
}
