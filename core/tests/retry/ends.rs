//! Which ends of an attempt lead to another one.

use std::future::pending;

use seawall_core::{Error, RefusalKind, Topic, Verdict};
use seawall_testkit::Answer;

use crate::MS;
use crate::fixture::{Fixture, Outcome, RETRY, by_text};

/// Returns the number of attempts of a call whose attempts all end with `error`, async and blocking.
fn attempts(error: &'static str, idempotent: bool) -> usize {
    let fixture = Fixture::new(RETRY.base(MS).idempotent(idempotent));
    let call = fixture.handle.call().classify(by_text).run_attempts(async |attempt| {
        fixture.note(attempt.number());
        Outcome::Err(error)
    });
    let ended = fixture.time.block_on(call).expect_err("it fails");
    assert_eq!(ended.into_failed(), Some(error), "untouched");
    fixture.assert_closed(error);
    let count = fixture.ran.borrow().len();
    assert_eq!(fixture.breaker.counts().admitted, u64::try_from(count).expect("small"));
    count
}

#[test]
fn the_verdict_or_the_classifier_decides() {
    for (error, idempotent, repeatable) in [
        ("failure", 1, 3),
        ("failure, 1 s", 1, 3),
        ("overload", 1, 1),
        ("overload, 1 s", 1, 3),
        ("overload, 2 min", 1, 1),
        ("ignored", 1, 1),
        ("lost a race", 1, 3),
        ("rejected", 1, 1),
        ("connection refused", 3, 3),
    ] {
        assert_eq!(attempts(error, false), idempotent, "{error}, not known to be idempotent");
        assert_eq!(attempts(error, true), repeatable, "{error}, idempotent");
    }
}

#[test]
fn a_call_that_succeeds_later_is_a_success() {
    let fixture = Fixture::new(RETRY);
    assert_eq!(fixture.run(&[Err("down"), Err("down"), Ok(7)]).expect("the third"), 7);
    assert_eq!(fixture.numbers(), [1, 2, 3]);
    for layer in [&fixture.limiter, &fixture.breaker] {
        let counts = layer.counts();
        let ends = [counts.ended(Verdict::Failure), counts.ended(Verdict::Success)];
        assert_eq!(ends, [2, 1], "each attempt passes each layer");
    }
}

#[test]
fn a_value_that_counts_as_a_failure_is_retried_and_the_last_one_is_returned() {
    let fixture = Fixture::new(RETRY.idempotent(true));
    let status = |result: &Outcome| match result {
        Ok(200..) => Verdict::Failure,
        _ => Verdict::Success,
    };
    let call = fixture.handle.call().classify(status);
    let number = |attempt: seawall_core::policy::Attempt| u8::try_from(attempt.number());
    let call = call.run_attempts(async |attempt| Ok(200 + number(attempt).expect("small")));
    assert_eq!(fixture.time.block_on(call).expect("a value"), 203);
}

#[test]
fn an_attempt_that_was_cut_is_retried_and_has_its_timeout_for_itself() {
    let fixture = Fixture::new(RETRY);
    let call = fixture.handle.call().idempotent().timeout(10 * MS).run_attempts(async |attempt| {
        fixture.note(attempt.number());
        if attempt.number() < 3 { pending().await } else { Outcome::Ok(1) }
    });
    assert_eq!(fixture.time.block_on(call).expect("the third"), 1);
    // 10 ms, a wait of 25 ms, 10 ms, a wait of 50 ms.
    assert_eq!(fixture.times(), [0, 35, 95]);
    assert_eq!(fixture.breaker.counts().timed_out, 2);
}

#[test]
fn a_refusal_is_never_retried_unless_a_resource_was_not_reached() {
    use RefusalKind as Kind;
    for kind in [
        Kind::CircuitOpen,
        Kind::CircuitForcedOpen,
        Kind::CircuitHalfOpen,
        Kind::CircuitRecovering,
        Kind::RateLimited,
        Kind::CostAboveLimit,
        Kind::KeyBlocked,
        Kind::TooManyKeys,
        Kind::BulkheadFull,
        Kind::BulkheadTimeout,
        Kind::PoolFull,
        Kind::CheckoutTimeout,
        Kind::Deadline,
        Kind::ShuttingDown,
        Kind::UnknownName,
    ] {
        let fixture = Fixture::new(RETRY);
        fixture.breaker.then(Answer::Refuse(kind));
        let error = fixture.run(&[Ok(1)]).expect_err("refused");
        assert_eq!(error.refusal().expect("a refusal").kind(), kind);
        assert_eq!(fixture.numbers(), [0; 0], "{kind}");
        assert_eq!(fixture.count(Topic::BreakerRejected), 1, "{kind}: one refusal, not three");
        fixture.assert_closed(kind);
    }
    let fixture = Fixture::new(RETRY);
    fixture.breaker.then(Answer::Refuse(Kind::ResourceUnavailable));
    // It never ran, so that it need not be idempotent.
    let call = fixture.handle.call().run_attempts(async |_| Outcome::Ok(1));
    assert_eq!(fixture.time.block_on(call).expect("the second"), 1);
}

#[test]
fn a_refusal_inside_the_operation_is_judged_like_one_of_a_layer() {
    let fixture = Fixture::new(RETRY);
    for (kind, attempts) in [
        (RefusalKind::PoolFull, 1),
        (RefusalKind::ResourceUnavailable, 3),
        (RefusalKind::Deadline, 1),
    ] {
        fixture.ran.take();
        let inner = || seawall_core::Refusal::new(kind, fixture.handle.layer());
        let call = fixture.handle.call().run_nested_attempts(async |attempt| {
            fixture.note(attempt.number());
            Err::<u8, Error<&str>>(Error::Refused(inner()))
        });
        fixture.time.block_on(call).expect_err("refused");
        assert_eq!(fixture.ran.borrow().len(), attempts, "{kind}");
    }
}

#[test]
fn without_a_policy_or_with_one_attempt_there_is_one() {
    let fixture = Fixture::new(RETRY.attempts(1));
    fixture.run(&[Err("down")]).expect_err("it fails");
    assert_eq!(fixture.numbers(), [1]);
    let driver = fixture.handle.driver();
    let call = driver.protect(&fixture.breaker).idempotent().run_attempts(async |attempt| {
        fixture.note(attempt.number());
        Outcome::Err("down")
    });
    fixture.time.block_on(call).expect_err("it fails");
    assert_eq!(fixture.numbers(), [1, 1]);
    assert_eq!(fixture.count(Topic::RetryExhausted) + fixture.count(Topic::RetrySkipped), 0);
}

#[test]
fn a_call_can_bring_its_own_policy() {
    let fixture = Fixture::new(RETRY.attempts(1));
    let policy = seawall_core::policy::Policy::new(&fixture.budget).with_retry(RETRY);
    let policy = policy.expect("valid options");
    let driver = fixture.handle.driver();
    let call = driver.protect(&fixture.breaker).policy(&policy).idempotent();
    let call = call.run_attempts(async |attempt| {
        fixture.note(attempt.number());
        Outcome::Err("down")
    });
    fixture.time.block_on(call).expect_err("it fails");
    assert_eq!(fixture.numbers(), [1, 2, 3]);
}
