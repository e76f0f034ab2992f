use std::time::Duration;

use seawall::{Error, Topic};

use super::{Fixture, MS};

const RETRIES: &str = r#"
    [breaker.payments]
    failures = 1000

    [protection.charge]
    breaker = "payments"
    attempts = 3
    idempotent = true
    backoff = "fixed"
    backoff_jitter = "none"
    backoff_base = "20ms"

    [protection.refund]
    breaker = "payments"
    attempts = 2
    idempotent = false
"#;

#[test]
fn a_call_that_fails_is_attempted_as_often_as_the_settings_say() {
    let fixture = Fixture::new(RETRIES);
    assert_eq!(fixture.sent("charge"), 3);
    let waits: Vec<_> = fixture.recorder.events().iter().filter_map(|event| event.wait).collect();
    assert_eq!(waits, [20 * MS, 20 * MS]);
    assert_eq!(fixture.count(Topic::AttemptExecuted), 3);
    assert_eq!(fixture.count(Topic::ProtectionExecuted), 1, "the call has ended once");
}

#[test]
fn a_call_says_itself_that_it_may_be_repeated_where_not_all_may() {
    let fixture = Fixture::new(RETRIES);
    assert_eq!(fixture.sent("refund"), 1);
    assert_eq!(fixture.count(Topic::RetrySkipped), 1);
    let call = fixture.infra.protect("refund").expect("configured").idempotent();
    let attempts = call.run_attempts(async |attempt| match attempt.number() {
        1 => Err("down"),
        number => Ok(number),
    });
    assert_eq!(fixture.time.block_on(attempts).expect("the second succeeds"), 2);
}

#[test]
fn an_operation_that_runs_once_makes_one_attempt_and_says_so() {
    let fixture = Fixture::new(RETRIES);
    let sent = std::cell::Cell::new(0);
    let once = fixture.infra.execute_protected("charge", async || {
        sent.set(sent.get() + 1);
        Err::<(), _>("down")
    });
    assert!(matches!(fixture.time.block_on(once), Err(Error::Failed("down"))));
    let handle = fixture.infra.protection("charge").expect("configured");
    handle.run_blocking(|| Err::<(), _>("down")).expect_err("it fails");
    assert_eq!((sent.get(), fixture.count(Topic::RetrySkipped)), (1, 2));
}

#[test]
fn threads_retry_too() {
    let fixture = Fixture::new(RETRIES);
    let handle = fixture.infra.protection("charge").expect("configured");
    let clock = fixture.time.clone();
    let answer = std::thread::spawn(move || {
        handle.call().run_attempts_blocking(|attempt| match attempt.number() {
            1 | 2 => Err("down"),
            number => Ok(number),
        })
    });
    while !answer.is_finished() {
        clock.advance(MS);
        std::thread::yield_now();
    }
    assert_eq!(answer.join().expect("no panic").expect("the third succeeds"), 3);
}

#[test]
fn protections_in_front_of_one_breaker_share_its_budget() {
    let fixture = Fixture::new(RETRIES);
    // A floor of 1 a second for 10 s: ten extra calls, of whichever protection.
    for _ in 0..4 {
        assert_eq!(fixture.sent("charge"), 3);
    }
    assert_eq!(fixture.sent("charge"), 3);
    assert_eq!(fixture.sent("charge"), 1, "the budget is exhausted");
    assert_eq!(fixture.count(Topic::BudgetExhausted), 1);
    let call = fixture.infra.protect("refund").expect("configured").idempotent();
    let refund = call.run_attempts(async |_| Err::<(), _>("down"));
    fixture.time.block_on(refund).expect_err("it fails");
    assert_eq!(fixture.count(Topic::BudgetExhausted), 2, "that of the breaker's name");
    let budget = fixture.budget("payments");
    assert_eq!(
        (budget.state, budget.reading("withdrawn"), budget.reading("exhausted")),
        ("exhausted", Some(10), Some(2))
    );
}

#[test]
fn a_budget_is_bounded_by_its_own_settings() {
    let fixture = Fixture::new(
        r#"
        [budget.shared]
        ratio = "50%"
        floor = "6/m"
        ttl = "20s"

        [protection.one]
        attempts = 2
        idempotent = true
        budget = "shared"

        [protection.other]
        attempts = 2
        idempotent = true
        budget = "shared"
        "#,
    );
    // 6 a minute for 20 s are two.
    assert_eq!([fixture.sent("one"), fixture.sent("other"), fixture.sent("one")], [2, 2, 1]);
    fixture.succeed("one", 4);
    assert_eq!([fixture.sent("one"), fixture.sent("other"), fixture.sent("one")], [2, 2, 1]);
    fixture.time.advance(Duration::from_secs(23));
    assert_eq!(fixture.sent("one"), 2, "the floor is there again");
}
