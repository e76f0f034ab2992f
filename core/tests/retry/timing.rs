//! When attempts are made, and what ends them: the deadline, a longer wait, a layer, the budget.

use std::thread;
use std::time::Duration;

use seawall_core::policy::{Backoff, BudgetOptions, Jitter, NotRetried, Retry};
use seawall_core::{RefusalKind, Tick, Topic};
use seawall_testkit::Answer;

use crate::MS;
use crate::fixture::{Fixture, Outcome, RETRY, by_text};

#[test]
fn waits_double_from_the_base() {
    let fixture = Fixture::new(RETRY.attempts(5).max(150 * MS));
    fixture.run(&[Err("down")]).expect_err("it fails");
    assert_eq!(fixture.times(), [0, 25, 75, 175, 325]);
}

#[test]
fn fixed_waits_are_the_base() {
    let fixture = Fixture::new(RETRY.backoff(Backoff::Fixed));
    fixture.run(&[Err("down")]).expect_err("it fails");
    assert_eq!(fixture.times(), [0, 25, 50]);
}

#[test]
fn by_default_calls_that_fail_together_come_back_apart() {
    let mut times: Vec<u128> = (0..32)
        .map(|_| {
            let fixture = Fixture::new(Retry::new().base(100 * MS));
            fixture.run(&[Err("down"), Ok(1)]).expect("the second");
            fixture.times()[1]
        })
        .collect();
    assert!(times.iter().all(|at| (1..100).contains(at)), "{times:?}");
    times.sort_unstable();
    times.dedup();
    assert!(times.len() > 16, "{times:?}");
}

#[test]
fn the_service_is_not_called_before_the_time_that_it_asked_for() {
    for error in ["overload, 1 s", "failure, 1 s"] {
        let fixture = Fixture::new(RETRY.jitter(Jitter::Full).idempotent(true));
        let call = fixture.handle.call().classify(by_text).run_attempts(async |attempt| {
            fixture.note(attempt.number());
            if attempt.is_extra() { Ok(1) } else { Outcome::Err(error) }
        });
        fixture.time.block_on(call).expect("the second");
        assert!((1000..=1100).contains(&fixture.times()[1]), "{:?}", fixture.times());
    }
}

/// Returns why a call that fails with `error` is not attempted again.
fn reason(fixture: &Fixture, deadline: Duration, error: &'static str) -> NotRetried {
    let call = fixture.handle.call().idempotent().classify(by_text).deadline(deadline);
    let call = call.run_attempts(async |attempt| {
        fixture.note(attempt.number());
        Outcome::Err(error)
    });
    let ended = fixture.time.block_on(call).expect_err("it fails");
    assert_eq!(ended.into_failed(), Some(error), "the last attempt's own error");
    fixture.assert_closed(error);
    let events = fixture.recorder.take();
    let reasons: Vec<_> = events.iter().filter_map(|event| event.not_retried).collect();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    reasons[0]
}

#[test]
fn every_reason_not_to_retry_has_its_own_name() {
    let minute = Duration::from_secs(60);
    let fixture = Fixture::new(RETRY);
    assert_eq!(reason(&fixture, minute, "down"), NotRetried::AttemptsExhausted);
    assert_eq!(reason(&fixture, minute * 5, "overload, 2 min"), NotRetried::RetryAfterTooLong);
    assert_eq!(reason(&fixture, 25 * MS, "down"), NotRetried::Deadline);
    assert_eq!(reason(&fixture, minute / 60, "overload, 1 s"), NotRetried::Deadline);
    fixture.breaker.accept_extra(false);
    assert_eq!(reason(&fixture, minute, "down"), NotRetried::LayerNotReady);
    let poor = BudgetOptions::new("payments").floor(0.0);
    let fixture = Fixture::with_budget(RETRY, &poor);
    assert_eq!(reason(&fixture, minute, "down"), NotRetried::BudgetExhausted);
    assert_eq!(fixture.budget.status(fixture.time.now()).reading("exhausted"), Some(1));
}

#[test]
fn a_circuit_that_opened_is_not_asked_again() {
    let fixture = Fixture::new(RETRY);
    let call = fixture.handle.call().idempotent().run_attempts(async |attempt| {
        fixture.note(attempt.number());
        // This failure opens the circuit.
        fixture.breaker.accept_extra(false);
        fixture.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
        Outcome::Err("down")
    });
    let error = fixture.time.block_on(call).expect_err("it fails");
    assert_eq!(error.into_failed(), Some("down"), "not a refusal");
    assert_eq!(fixture.count(Topic::BreakerRejected), 0);
    assert_eq!(fixture.balance(), [1000, 0], "nothing was taken from the budget");
}

#[test]
fn no_attempt_starts_at_or_after_the_deadline() {
    for deadline in 0..200 {
        let fixture = Fixture::new(RETRY.attempts(10));
        let call = fixture.handle.call().idempotent().deadline(deadline * MS);
        let call = call.run_attempts(async |attempt| {
            fixture.note(attempt.number());
            fixture.time.clock().sleep_until(fixture.time.now() + 3 * MS).await;
            Outcome::Err("down")
        });
        fixture.time.block_on(call).expect_err("it fails");
        assert!(fixture.times().iter().all(|at| *at < u128::from(deadline)));
        assert!(fixture.time.now() <= Tick::from_millis(deadline.into()));
        fixture.assert_closed(deadline);
    }
}

#[test]
fn an_attempt_that_a_layer_refuses_is_given_back() {
    let fixture = Fixture::new(RETRY);
    fixture.breaker.then(Answer::Go).then(Answer::Refuse(RefusalKind::CircuitOpen));
    let error = fixture.run(&[Err("down")]).expect_err("refused");
    assert!(error.is_refused());
    assert_eq!(fixture.numbers(), [1]);
    assert_eq!(fixture.balance(), [1000, 0]);
    fixture.run(&[Err("down"), Ok(1)]).expect("the second");
    assert_eq!(fixture.balance(), [999, 1], "what is sent is taken");
}

#[test]
fn a_thread_waits_between_its_attempts() {
    let Fixture { time, recorder, breaker, handle, .. } = Fixture::new(RETRY);
    let times = thread::scope(|scope| {
        let call = || {
            let mut times = Vec::new();
            let result = handle.call().idempotent().run_attempts_blocking(|attempt| {
                times.push(time.now().since(Tick::ZERO).as_millis());
                if attempt.number() < 3 { Err("down") } else { Ok(attempt.number()) }
            });
            assert_eq!(result.expect("the third"), 3);
            times
        };
        let calling = scope.spawn(call);
        while !calling.is_finished() {
            time.advance_to_next();
            thread::yield_now();
        }
        calling.join().expect("no panic")
    });
    assert_eq!(times, [0, 25, 75]);
    assert_eq!(breaker.counts().in_flight(), 0);
    assert_eq!(recorder.count(Topic::Retry), 2);
    assert_eq!(recorder.count(Topic::ProtectionExecuted), 1, "one end of the whole call");
}

#[test]
fn a_thread_that_returns_too_late_with_a_value_is_done() {
    let fixture =
        Fixture::with_budget(RETRY, &BudgetOptions::new("payments").ratio(1.0).floor(0.0));
    let call = fixture.handle.call().idempotent().timeout(10 * MS);
    let result = call.run_attempts_blocking(|attempt| {
        fixture.time.advance(11 * MS);
        fixture.note(attempt.number());
        Outcome::Ok(1)
    });
    assert_eq!(result.expect("it is there"), 1);
    assert_eq!(fixture.breaker.counts().timed_out, 1, "the layers see what was late");
    assert_eq!(fixture.balance(), [0, 0], "it is no success for the budget");
    assert_eq!(fixture.count(Topic::ProtectionTimedOut), 1);
}
