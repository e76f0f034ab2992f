use std::time::Duration;

use seawall::Topic;

use super::Fixture;

const SETTINGS: &str = r#"
    [breaker.prices]
    consecutive_failures = 1

    [bulkhead.cache]
    max_concurrent = 1

    [protection.prices]
    breaker = "prices"
    fallback = "prices_from_cache"
    fallback_for = ["refused", "timed_out"]

    [protection.prices_from_cache]
    bulkhead = "cache"
"#;

fn price(fixture: &Fixture, answer: Result<u8, &'static str>) -> Option<u8> {
    let call = fixture.infra.protect("prices").expect("configured");
    let call = call.run_or_fallback(async |_| answer, async || Ok::<_, &str>(7));
    fixture.time.block_on(call).ok()
}

#[test]
fn another_protection_replaces_the_errors_that_the_settings_name() {
    let fixture = Fixture::new(SETTINGS);
    assert_eq!(price(&fixture, Ok(1)), Some(1));
    assert_eq!(price(&fixture, Err("down")), None, "a failure is not replaced");
    assert_eq!(price(&fixture, Ok(1)), Some(7), "the circuit is open");
    assert_eq!(fixture.count(Topic::BulkheadExecuted), 1, "under the other protection");
    assert_eq!(fixture.count(Topic::Fallback), 1);
}

#[test]
fn a_reload_changes_what_is_replaced_and_by_which_protection() {
    let fixture = Fixture::new(SETTINGS);
    price(&fixture, Err("down"));
    assert_eq!(price(&fixture, Ok(1)), Some(7));
    fixture.change("[breaker.cache]\n[protection.prices_from_cache]\nbreaker = 'cache'");
    assert_eq!(price(&fixture, Ok(1)), Some(7));
    assert_eq!(fixture.count(Topic::BreakerExecuted), 2, "the fallback has a breaker now");
    fixture.change("[protection.prices]\nfallback_for = 'failed'");
    assert_eq!(price(&fixture, Ok(1)), None, "a refusal is not replaced any more");
}

#[test]
fn a_share_of_ordinary_calls_goes_through_the_fallback() {
    let fixture = Fixture::new(&SETTINGS.replacen(
        "fallback_for",
        "fallback_share = '100%'\nfallback_for",
        1,
    ));
    assert_eq!(price(&fixture, Ok(1)), Some(7));
}

#[test]
fn nothing_is_replaced_once_everything_is_closed() {
    let fixture = Fixture::new(SETTINGS);
    let handle = fixture.infra.protection("prices").expect("configured");
    fixture.infra.close();
    let call = handle.call().deadline(Duration::from_secs(1));
    let call = call.run_or_fallback(async |_| Ok::<u8, &str>(1), async || Ok::<_, &str>(7));
    fixture.time.block_on(call).expect_err("closed");
}
