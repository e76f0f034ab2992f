//! What established libraries assert of retries, as scenarios, and where this one differs.

use seawall_core::Verdict;

use crate::MS;
use crate::fixture::{Fixture, Outcome, RETRY};

/// TO-007: the wait before a retry is outside the attempt's timeout.
#[test]
fn the_wait_between_attempts_is_not_cut_by_their_timeout() {
    let fixture = Fixture::new(RETRY.base(100 * MS).max(100 * MS));
    let call = fixture.handle.call().idempotent().timeout(50 * MS);
    let call = call.run_attempts(async |attempt| {
        fixture.note(attempt.number());
        Outcome::Err("down")
    });
    let error = fixture.time.block_on(call).expect_err("it fails");
    assert_eq!(error.into_failed(), Some("down"));
    assert_eq!(fixture.times(), [0, 100, 200]);
    assert_eq!(fixture.breaker.counts().timed_out, 0);
}

/// RT-003: a breaker around the retries sees one outcome.
#[test]
fn a_protection_around_the_attempts_counts_one_failure() {
    let fixture = Fixture::new(RETRY);
    let outer = seawall_testkit::Scripted::new(seawall_core::Component::CircuitBreaker, "outer");
    let driver = fixture.handle.driver();
    let call = driver.protect(&outer).run_nested(async || {
        let inner = fixture.handle.call().idempotent();
        inner
            .run_attempts(async |attempt| {
                fixture.note(attempt.number());
                Outcome::Err("down")
            })
            .await
    });
    assert_eq!(fixture.time.block_on(call).expect_err("it fails").into_failed(), Some("down"));
    assert_eq!(fixture.numbers(), [1, 2, 3]);
    assert_eq!(outer.counts().ended(Verdict::Failure), 1);
    assert_eq!(fixture.breaker.counts().ended(Verdict::Failure), 3);
}

/// TO-009: of nested limits the shorter one holds, for each attempt.
#[test]
fn each_attempt_is_cut_by_the_shorter_of_two_timeouts() {
    let fixture = Fixture::new(RETRY.base(MS).max(MS));
    let inner = seawall_testkit::Scripted::new(seawall_core::Component::CircuitBreaker, "inner");
    let driver = fixture.handle.driver();
    let call = fixture.handle.call().idempotent().timeout(50 * MS);
    let call = call.run_nested_attempts(async |attempt| {
        fixture.note(attempt.number());
        let inner = driver.protect(&inner).timeout(100 * MS);
        inner.run(async || std::future::pending::<Outcome>().await).await
    });
    assert!(fixture.time.block_on(call).expect_err("cut").is_timed_out());
    assert_eq!(fixture.times(), [0, 51, 102]);
    assert_eq!([fixture.breaker.counts().timed_out, inner.counts().timed_out], [3, 0]);
    assert_eq!(inner.counts().ended(Verdict::Abandoned), 3);
}
