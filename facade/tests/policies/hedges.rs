use std::time::Duration;

use seawall::Topic;

use super::{Fixture, MS};

const HEDGED: &str = r#"
    [budget.prices]
    ratio = 1

    [protection.prices]
    hedge = "20ms, 100%"
    idempotent = true
    deadline = "10s"
"#;

/// Makes a call whose first attempt takes two seconds and whose copy answers at once; returns the number of
/// the attempt that answered, and the time that it took.
fn slow(fixture: &Fixture) -> (u32, Duration) {
    let began = fixture.time.now();
    let clock = fixture.infra.clock().clone();
    let call = fixture.infra.protect("prices").expect("configured").run_attempts(async |attempt| {
        if attempt.number() == 1 {
            clock.sleep_until(clock.now() + Duration::from_secs(2)).await;
        }
        Ok::<_, &str>(attempt.number())
    });
    let number = fixture.time.block_on(call).expect("it succeeds");
    (number, fixture.time.now().since(began))
}

#[test]
fn a_call_that_takes_long_is_sent_once_more() {
    let fixture = Fixture::new(HEDGED);
    fixture.succeed("prices", 1);
    assert_eq!(slow(&fixture), (2, 20 * MS));
    assert_eq!((fixture.count(Topic::Hedge), fixture.count(Topic::HedgeWon)), (1, 1));
    assert_eq!(
        slow(&fixture),
        (1, Duration::from_secs(2)),
        "a copy's success allows no further copy"
    );
    assert_eq!(fixture.budget("prices").reading("withdrawn"), Some(1));
}

#[test]
fn a_reload_changes_when_copies_are_sent_and_switches_them_off() {
    let fixture = Fixture::new(HEDGED);
    fixture.succeed("prices", 3);
    fixture.change("[protection.prices]\nhedge = '50ms, 100%'");
    assert_eq!(slow(&fixture), (1, Duration::from_secs(2)), "another share counts anew");
    assert_eq!(slow(&fixture), (2, 50 * MS));
    fixture.change("[protection.prices]\nhedge = 'off'");
    assert_eq!(slow(&fixture), (1, Duration::from_secs(2)));
}

#[test]
fn a_quantile_is_the_time_after_which_a_copy_is_sent() {
    let fixture = Fixture::new(&HEDGED.replace("20ms, 100%", "p95, 50%"));
    let clock = fixture.infra.clock().clone();
    for _ in 0..400 {
        let call = fixture.infra.protect("prices").expect("configured");
        let call = call.run_attempts(async |_| {
            clock.sleep_until(clock.now() + 10 * MS).await;
            Ok::<_, &str>(())
        });
        fixture.time.block_on(call).expect("it succeeds");
    }
    let (number, time) = slow(&fixture);
    assert_eq!(number, 2);
    assert!((10 * MS..11 * MS).contains(&time), "{time:?}");
}
