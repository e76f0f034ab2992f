use std::time::Duration;

use seawall::{Clock, Error};

use super::{Fixture, MS};

const SETTINGS: &str = r#"
    [protection.prices]
    timeout = "p99.9 x 2 (50ms..1s)"
"#;

/// Makes a call that takes `time`.
fn call(fixture: &Fixture, clock: &Clock, time: Duration) -> Result<(), Error<&'static str>> {
    let call = fixture.infra.execute_protected("prices", async || {
        clock.sleep_until(clock.now() + time).await;
        Ok(())
    });
    fixture.time.block_on(call)
}

#[test]
fn a_timeout_follows_what_calls_take_within_its_bounds() {
    let fixture = Fixture::new(SETTINGS);
    let clock = fixture.infra.clock().clone();
    call(&fixture, &clock, 900 * MS).expect("with few calls, the maximum holds");
    let cut = call(&fixture, &clock, 1100 * MS).expect_err("above the maximum");
    assert!(matches!(cut, Error::TimedOut(_)));
    for _ in 0..10_000 {
        call(&fixture, &clock, 20 * MS).expect("it is fast");
    }
    assert!(call(&fixture, &clock, 49 * MS).is_ok(), "never under the minimum");
    assert!(matches!(call(&fixture, &clock, 60 * MS), Err(Error::TimedOut(_))));
}

#[test]
fn a_reload_of_something_else_forgets_no_measured_time() {
    let fixture = Fixture::new(SETTINGS);
    let clock = fixture.infra.clock().clone();
    for _ in 0..10_000 {
        call(&fixture, &clock, 20 * MS).expect("it is fast");
    }
    fixture.change("[protection.prices]\ndeadline = '1m'\nattempts = 2\nidempotent = true");
    assert!(matches!(call(&fixture, &clock, 60 * MS), Err(Error::TimedOut(_))));
}
