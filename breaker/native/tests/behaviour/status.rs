//! What a status page is told, which knows readings by their names alone.

use seawall_breaker::{BreakerOptions, RateWindow, Ratio};
use seawall_core::{Backend, Status};

use crate::fixture::{Fixture, SECOND};

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
