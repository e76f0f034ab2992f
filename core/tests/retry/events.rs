//! What observers see of attempts.

use std::time::Duration;

use seawall_core::policy::{BudgetOptions, NotRetried};
use seawall_core::{Topic, Verdict};

use crate::MS;
use crate::fixture::{Fixture, Outcome, RETRY};

#[test]
fn attempts_and_the_whole_call_are_told_apart() {
    let fixture = Fixture::new(RETRY);
    fixture.run(&[Err("down"), Ok(1)]).expect("the second");
    let events = fixture.recorder.take();
    let seen: Vec<_> = events.iter().map(|event| (event.topic, event.attempt)).collect();
    assert_eq!(
        seen,
        [
            (Topic::RequestAllowed, 1),
            (Topic::BreakerExecuted, 1),
            (Topic::AttemptExecuted, 1),
            (Topic::Retry, 1),
            (Topic::RequestAllowed, 2),
            (Topic::BreakerExecuted, 2),
            (Topic::AttemptExecuted, 2),
            (Topic::ProtectionExecuted, 2),
        ]
    );
    assert_eq!(events[3].wait, Some(25 * MS));
    let whole = &events[7];
    assert_eq!((whole.verdict, whole.elapsed), (Some(Verdict::Success), Some(25 * MS)));
    assert_eq!(events[6].elapsed, Some(Duration::ZERO), "of the attempt");
}

#[test]
fn an_operation_that_runs_once_says_so() {
    let fixture = Fixture::new(RETRY);
    let call = fixture.handle.call().idempotent();
    fixture.time.block_on(call.run(async || Outcome::Err("down"))).expect_err("it fails");
    _ = fixture.handle.run_blocking(|| Outcome::Ok(1));
    drop(fixture.handle.call().acquire_blocking().expect("admitted"));
    let events = fixture.recorder.take();
    let reasons: Vec<_> = events.iter().filter_map(|event| event.not_retried).collect();
    assert_eq!(reasons, [NotRetried::RunsOnce; 3]);
    assert!(events.iter().all(|event| event.topic != Topic::AttemptExecuted));

    let fixture = Fixture::new(RETRY.attempts(1));
    _ = fixture.handle.run_blocking(|| Outcome::Ok(1));
    assert_eq!(fixture.count(Topic::RetrySkipped), 0, "there are no retries to skip");
}

#[test]
fn a_call_that_nothing_says_may_be_repeated_says_so_only_if_it_fails() {
    let fixture = Fixture::new(RETRY);
    for (outcome, count) in [(Ok(1), 0), (Err("down"), 1)] {
        let call = fixture.handle.call().run_attempts(async |_| outcome);
        let _: Result<u8, _> = fixture.time.block_on(call);
        let events = fixture.recorder.take();
        let reasons: Vec<_> = events.iter().filter_map(|event| event.not_retried).collect();
        assert_eq!(reasons, vec![NotRetried::NotIdempotent; count]);
    }
}

#[test]
fn an_exhausted_budget_has_an_event_and_a_count_of_its_own() {
    let poor = BudgetOptions::new("payments").floor(0.1);
    let fixture = Fixture::with_budget(RETRY, &poor);
    fixture.run(&[Err("down")]).expect_err("it fails");
    assert_eq!(fixture.numbers(), [1, 2], "one was there");
    assert_eq!(fixture.count(Topic::BudgetExhausted), 1);
    assert_eq!(fixture.count(Topic::RetryExhausted), 0);
    let status = fixture.budget.status(fixture.time.now());
    assert_eq!(status.state, "exhausted");
    assert_eq!(
        status.to_string(),
        "budget `payments`: exhausted; balance 0, deposited 0, withdrawn 1, exhausted 1"
    );
}

#[test]
fn a_call_that_is_refused_or_cut_ends_once() {
    let fixture = Fixture::new(RETRY);
    let cut = fixture.handle.call().idempotent().timeout(MS);
    let cut = cut.run_attempts(async |_| std::future::pending::<Outcome>().await);
    fixture.time.block_on(cut).expect_err("cut");
    assert_eq!(fixture.count(Topic::AttemptExecuted), 3);
    assert_eq!(fixture.count(Topic::ProtectionTimedOut), 1);
    fixture.recorder.take().clear();

    fixture.breaker.then(seawall_testkit::Answer::Refuse(seawall_core::RefusalKind::CircuitOpen));
    fixture.run(&[Ok(1)]).expect_err("refused");
    let events = fixture.recorder.names();
    assert_eq!(
        events,
        [
            "rate_limiter.request_allowed",
            "circuit_breaker.call_rejected",
            "protection.attempt_rejected",
            "protection.call_rejected"
        ]
    );
}
