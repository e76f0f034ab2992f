use seawall::{Error, RefusalKind};

use super::{Fixture, problems};

const OBSERVED: &str = r#"
    [breaker.prices]
    consecutive_failures = 1
    mode = "observe"

    [protection.prices]
    breaker = "prices"
"#;

/// Returns true if a call is admitted; it fails.
fn is_admitted(fixture: &Fixture) -> bool {
    let call = fixture.infra.execute_protected("prices", async || Err::<(), _>("down"));
    match fixture.time.block_on(call).expect_err("it fails") {
        Error::Refused(refusal) => {
            assert_eq!(refusal.kind(), RefusalKind::CircuitOpen);
            false
        }
        _ => true,
    }
}

fn would_refuse(fixture: &Fixture) -> Option<u64> {
    let statuses = fixture.infra.status("prices").expect("configured");
    statuses[0].reading("would_refuse")
}

#[test]
fn an_observed_layer_refuses_nothing_and_counts_what_it_would() {
    let fixture = Fixture::new(OBSERVED);
    assert!((0..3).all(|_| is_admitted(&fixture)));
    assert_eq!(would_refuse(&fixture), Some(2));
}

#[test]
fn a_reload_changes_the_mode_without_loss_of_state() {
    let enforced = OBSERVED.replace("mode = \"observe\"", "");
    let fixture = Fixture::new(&enforced);
    let handle = fixture.infra.protection("prices").expect("configured");
    assert!(is_admitted(&fixture));
    assert!(!is_admitted(&fixture), "the circuit is open");
    assert_eq!(would_refuse(&fixture), None, "a layer that is always enforced counts nothing");

    fixture.change("[breaker.prices]\nmode = 'observe'");
    assert!(is_admitted(&fixture));
    assert_eq!(would_refuse(&fixture), Some(1), "the circuit is still open");
    handle.run_blocking(|| Ok::<_, &str>(())).expect("a handle that is kept follows");

    fixture.change("[breaker.prices]\nmode = 'enforce'");
    assert!(!is_admitted(&fixture));
    fixture.change("[breaker.prices]\nmode = 'off'");
    assert!(is_admitted(&fixture));
    let statuses = fixture.infra.components();
    assert_eq!(statuses[0].state, "off");
}

#[test]
fn a_share_is_enforced_for_the_same_keys_each_time() {
    let fixture = Fixture::new(&OBSERVED.replace("mode = \"observe\"", "enforce = '30%'"));
    is_admitted(&fixture);
    let refused = || {
        let is_refused = |key: &u32| {
            let call = fixture.infra.protect("prices").expect("configured").key(("user", *key));
            fixture.time.block_on(call.run(async || Ok::<_, &str>(()))).is_err()
        };
        (0..1000).filter(is_refused).collect::<Vec<_>>()
    };
    let first = refused();
    assert!((200..400).contains(&first.len()), "{}", first.len());
    assert_eq!(refused(), first);
}

#[test]
fn an_observed_rate_limit_refuses_no_reservation_either() {
    let fixture = Fixture::new("[rate_limit.api]\nlimit = '1/m'\nmode = 'observe'");
    let taken: Vec<_> = (0..3).map(|_| fixture.infra.reserve_rate("key", "api", 1)).collect();
    assert!(taken.iter().all(Result::is_ok));
    fixture.infra.check_rate("key", "api", 1).expect("only observed");
    let statuses = fixture.infra.components();
    assert_eq!(statuses[0].reading("would_refuse"), Some(3));
    drop(taken);
    let left = fixture.infra.rate_status("key", "api").expect("configured").remaining;
    assert_eq!(left, 1, "the first has given its token back");
}

#[test]
fn what_is_wrong_with_a_mode_is_said() {
    assert_eq!(
        problems("[breaker.b]\nmode = 'observed'"),
        [
            "2: breaker.b.mode: \"observed\" is not known; expected one of enforce, observe, off; did you mean `observe`?"
        ]
    );
    assert_eq!(
        problems("[breaker.b]\nmode = 'off'\nenforce = 0.1"),
        [
            "3: breaker.b.enforce: nothing is enforced in this `mode`; expected `mode = \"enforce\"` with it, or no `mode`"
        ]
    );
}
