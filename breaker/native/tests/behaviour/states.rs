//! What opens a circuit, what closes it, and what does neither.

use std::convert::Infallible;
use std::time::Duration;

use seawall_breaker::{BreakerOptions, CircuitBreaker, Error, Refusal, State, Verdict};
use seawall_core::Topic;

use crate::fixture::{Fixture, SECOND};

/// Two failures in ten seconds open it for five; a probe may take thirty.
fn closed() -> Fixture {
    Fixture::new(&BreakerOptions::new("payments").failures(2))
}

fn open() -> Fixture {
    let bench = closed();
    bench.fail(2);
    bench.assert_state(State::Open);
    bench
}

#[test]
fn the_last_of_the_failures_opens_it() {
    let bench = closed();
    bench.fail(1);
    bench.assert_state(State::Closed);
    assert_eq!(bench.breaker.status().failures, 1);
    bench.time.advance(9 * SECOND);
    bench.fail(1);
    bench.assert_state(State::Open);
    let changes = bench.recorder.events();
    let change = changes.last().and_then(|event| event.change).expect("a change comes last");
    assert_eq!((change.from, change.to), ("closed", "open"));
    assert_eq!(change.cause, "failures within the window");
}

#[test]
fn failures_further_apart_than_the_window_do_not() {
    let bench = closed();
    bench.fail(1);
    bench.time.advance(10 * SECOND);
    bench.fail(1);
    bench.assert_state(State::Closed);
}

#[test]
fn an_open_circuit_refuses_and_says_for_how_long() {
    let bench = open();
    bench.time.advance(2 * SECOND);
    let refusal = bench.acquire().expect_err("open");
    assert!(refusal.is_circuit_open());
    assert_eq!(refusal.retry_after(), Some(3 * SECOND));
    assert_eq!(refusal.to_string(), "circuit breaker `payments` is open; retry in 3.0 s");
    assert_eq!(bench.recorder.count(Topic::BreakerRejected), 1);
    assert_eq!(bench.breaker.status().calls.refused, 1);
}

#[test]
fn asking_for_the_status_changes_nothing() {
    let bench = open();
    bench.time.advance(6 * SECOND);
    for _ in 0..3 {
        let status = bench.breaker.status();
        assert_eq!((status.state, status.retry_after), (State::Open, Some(Duration::ZERO)));
    }
    bench.acquire().expect("the first call is the probe").success();
    bench.assert_state(State::Closed);
}

#[test]
fn at_the_reset_time_one_call_probes_and_the_others_are_refused() {
    let bench = open();
    bench.time.advance(5 * SECOND);
    let probe = bench.acquire().expect("the probe");
    bench.assert_state(State::HalfOpen);
    let refusal = bench.acquire().expect_err("the probe is out");
    assert_eq!(refusal.retry_after(), Some(5 * SECOND), "not the whole lease");
    probe.success();
    bench.assert_state(State::Closed);
    let (one, other) = (bench.acquire().expect("closed"), bench.acquire().expect("closed"));
    one.success();
    other.success();
    bench.assert_books_close();
}

#[test]
fn a_failed_probe_opens_it_again_for_the_whole_reset_time() {
    let bench = open();
    bench.time.advance(7 * SECOND);
    bench.fail(1);
    bench.assert_state(State::Open);
    assert_eq!(bench.breaker.status().retry_after, Some(5 * SECOND));
}

#[test]
fn closing_forgets_the_failures_before() {
    let bench = open();
    bench.time.advance(5 * SECOND);
    bench.acquire().expect("the probe").success();
    bench.fail(1);
    bench.assert_state(State::Closed);
}

#[test]
fn a_probe_that_says_nothing_gives_its_turn_away() {
    for verdict in [Verdict::Ignored, Verdict::Abandoned, Verdict::Unused, Verdict::Superseded] {
        let bench = open();
        bench.time.advance(5 * SECOND);
        bench.acquire().expect("the probe").settle(verdict);
        bench.assert_state(State::HalfOpen);
        bench.acquire().expect("the next probe").success();
        bench.assert_state(State::Closed);
        bench.assert_books_close();
    }
}

#[test]
fn a_hung_probe_cannot_wedge_it() {
    let bench = open();
    bench.time.advance(5 * SECOND);
    let hung = bench.acquire().expect("the probe");
    bench.time.advance(29 * SECOND);
    bench.acquire().expect_err("its lease lasts");
    bench.time.advance(SECOND);
    let next = bench.acquire().expect("its lease is over");
    hung.failure();
    bench.assert_state(State::HalfOpen);
    next.success();
    bench.assert_state(State::Closed);
    assert_eq!(bench.breaker.status().calls.late, 1);
    bench.assert_books_close();
}

#[test]
fn a_result_from_before_the_trip_decides_nothing() {
    let bench = closed();
    let (slow, fatal) = (bench.acquire().expect("closed"), bench.acquire().expect("closed"));
    bench.fail(2);
    slow.success();
    bench.assert_state(State::Open);
    bench.time.advance(5 * SECOND);
    let probe = bench.acquire().expect("the probe");
    fatal.failure();
    bench.assert_state(State::HalfOpen);
    probe.success();
    bench.assert_state(State::Closed);
    assert_eq!(bench.breaker.status().calls.late, 2);
    bench.assert_books_close();
}

#[test]
fn a_panic_is_a_failure_and_an_abandoned_call_is_not() {
    let bench = closed();
    for _ in 0..9 {
        drop(bench.acquire().expect("closed"));
    }
    bench.assert_state(State::Closed);
    for _ in 0..2 {
        let op = || bench.breaker.execute_blocking(|| -> Result<(), Infallible> { panic!("op") });
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(op)).expect_err("the panic goes on");
    }
    bench.assert_state(State::Open);
    assert_eq!(bench.breaker.status().calls.ended(Verdict::Panicked), 2);
    assert_eq!(bench.breaker.status().calls.ended(Verdict::Abandoned), 9);
    bench.assert_books_close();
}

#[test]
fn timeouts_count_and_say_what_was_cut() {
    let bench = closed();
    for _ in 0..2 {
        let op = std::future::pending::<Result<(), Infallible>>;
        let result = bench.time.block_on(bench.breaker.execute(op, SECOND));
        let Err(Error::TimedOut(elapsed)) = result else { panic!("{result:?}") };
        assert_eq!((elapsed.by().name().as_str(), elapsed.limit()), ("payments", SECOND));
    }
    bench.assert_state(State::Open);
}

#[test]
fn a_value_stands_in_where_the_circuit_refuses() {
    fn refused(refusal: &Refusal) -> u8 {
        assert!(refusal.is_circuit_open());
        0
    }
    let polled = |bench: &Fixture, result: Result<u8, &'static str>| {
        bench.time.block_on(bench.breaker.execute_or(async || result, SECOND, refused))
    };
    let blocking = |bench: &Fixture, result: Result<u8, &'static str>| {
        bench.breaker.execute_blocking_or(|| result, refused)
    };
    let ways: [&dyn Fn(&Fixture, _) -> _; 2] = [&polled, &blocking];
    for run in ways {
        let bench = Fixture::new(&BreakerOptions::new("payments").failures(1));
        assert_eq!(run(&bench, Ok(7)).expect("closed"), 7);
        assert_eq!(run(&bench, Err("down")).expect_err("it ran").into_failed(), Some("down"));
        assert_eq!(run(&bench, Ok(7)).expect("a value"), 0);
    }
}

/// Half a second, where the caller does not say.
fn with_call_timeout() -> Fixture {
    Fixture::new(&BreakerOptions::new("payments").failures(1).call_timeout(SECOND / 2))
}

#[test]
fn the_call_timeout_cuts_calls_that_bring_none_and_no_others() {
    let never = std::future::pending::<Result<(), Infallible>>;
    let bench = with_call_timeout();
    for (call, cut_after) in [
        (bench.breaker.protect(), SECOND / 2),
        (bench.breaker.protect().timeout(SECOND), SECOND),
        (bench.breaker.protect().timeout(SECOND / 4), SECOND / 4),
    ] {
        let before = bench.time.now();
        let result = bench.time.block_on(call.run(never));
        let Err(Error::TimedOut(elapsed)) = result else { panic!("{result:?}") };
        assert_eq!((elapsed.limit(), bench.time.now().since(before)), (cut_after, cut_after));
        bench.assert_state(State::Open);
        bench.breaker.reset();
    }
    let none = closed();
    let result = none.time.block_on(none.breaker.protect().run(async || {
        none.wait(3600 * SECOND);
        Ok::<_, Infallible>(7)
    }));
    assert_eq!(result.expect("all the time it likes"), 7);
}

#[test]
fn a_thread_that_takes_longer_than_the_call_timeout_has_failed_and_keeps_its_result() {
    let bench = with_call_timeout();
    let lasting = |time| {
        let op = || {
            bench.wait(time);
            Ok::<_, Infallible>(7)
        };
        bench.breaker.execute_blocking(op)
    };
    assert_eq!(lasting(SECOND / 4).expect("in time"), 7);
    bench.assert_state(State::Closed);
    assert_eq!(lasting(SECOND).expect("its result"), 7);
    bench.assert_state(State::Open);
}

#[test]
fn new_options_change_the_call_timeout_of_all_clones() {
    let never = std::future::pending::<Result<(), Infallible>>;
    let bench = with_call_timeout();
    let clone = bench.breaker.clone();
    let other = BreakerOptions::new("payments").call_timeout(9 * SECOND);
    bench.breaker.reconfigure(&other).expect("valid");
    let result = bench.time.block_on(clone.protect().run(never));
    let Err(Error::TimedOut(elapsed)) = result else { panic!("{result:?}") };
    assert_eq!(elapsed.limit(), 9 * SECOND);

    bench.breaker.reconfigure(&BreakerOptions::new("payments")).expect("valid");
    let result = bench.time.block_on(clone.protect().run(async || {
        bench.wait(3600 * SECOND);
        Ok::<_, Infallible>(7)
    }));
    assert_eq!(result.expect("all the time it likes"), 7);
}

#[test]
fn the_classifier_decides_what_an_error_is() {
    let bench = closed();
    for _ in 0..9 {
        let not_found = bench.breaker.protect().classify(|_: &Result<(), u16>| Verdict::Ignored);
        assert!(matches!(not_found.run_blocking(|| Err(404)), Err(Error::Failed(404))));
    }
    bench.assert_state(State::Closed);
    for _ in 0..2 {
        let server_error = bench.breaker.protect().classify(|result: &Result<u16, Infallible>| {
            if *result == Ok(500) { Verdict::Failure } else { Verdict::Success }
        });
        assert_eq!(server_error.run_blocking(|| Ok(500)).expect("not an error"), 500);
    }
    bench.assert_state(State::Open);
}

#[test]
fn an_option_that_makes_no_sense_is_named() {
    let message =
        |options: BreakerOptions| CircuitBreaker::start(&options).expect_err("invalid").to_string();
    let options = BreakerOptions::new("payments");
    assert_eq!(
        message(options.clone().window(Duration::ZERO)),
        "circuit breaker `payments`: `window` must be longer than zero"
    );
    assert_eq!(
        message(options.clone().failures(1_000_001)),
        "circuit breaker `payments`: `failures` must be between 1 and 1,000,000"
    );
    assert_eq!(
        message(options.failures(0)),
        "circuit breaker `payments`: `failures` must be between 1 and 1,000,000"
    );
}
