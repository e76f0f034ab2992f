//! Rate limits by name, whichever backend keeps them.

use std::time::Duration;

use seawall::ratelimit::RateLimiter;
use seawall::{ConfigSource, Infrastructure, RefusalKind};
use seawall_testkit::ManualClock;

fn start(settings: &str) -> Result<(Infrastructure, ManualClock), seawall::ConfigError> {
    let time = ManualClock::new();
    let config = ConfigSource::new().toml_str(settings);
    let infra = Infrastructure::builder().config(config).clock(time.clock()).build()?;
    Ok((infra, time))
}

#[test]
fn each_backend_admits_waits_and_refuses_alike() {
    for backend in ["native", "governor"] {
        let (infra, time) = start(&ten_a_second(backend)).unwrap();
        infra.check_rate("ann", "api", 4).unwrap();
        infra.check_rate("bob", "api", 4).unwrap();
        let refusal = infra.check_rate("ann", "api", 1).unwrap_err();
        assert_eq!(refusal.retry_after(), Some(Duration::from_millis(100)), "{backend}");
        let begin = time.now();
        let wait = infra.wait_for_rate("ann", "api", 2, Duration::from_secs(1));
        time.block_on(wait).unwrap();
        assert_eq!(time.now().since(begin), Duration::from_millis(200), "{backend}");
        let never = infra.check_rate("ann", "api", 5).unwrap_err();
        assert_eq!(never.kind(), RefusalKind::CostAboveLimit, "{backend}");
        assert_eq!(infra.rate_status("ann", "apy").unwrap_err().nearest(), Some("api"));
    }
}

#[test]
fn the_native_backend_peeks_reserves_refunds_and_resets() {
    let (infra, _time) = start(&ten_a_second("native")).unwrap();
    let left = |key| infra.rate_status(key, "api").unwrap().remaining;
    infra.check_rate("ann", "api", 1).unwrap();
    assert_eq!((left("ann"), left("bob")), (3, 4));
    let reservation = infra.reserve_rate("ann", "api", 3).unwrap();
    infra.check_rate("ann", "api", 1).unwrap_err();
    drop(reservation);
    assert_eq!(left("ann"), 3);
    infra.reserve_rate("ann", "api", 3).unwrap().commit();
    infra.refund_rate("ann", "api", 1).unwrap();
    assert_eq!(left("ann"), 1);
    infra.reset_rate("ann", "api").unwrap();
    assert_eq!(left("ann"), 4);
    assert!(!infra.peek_rate("ann", "api", 5).unwrap().is_allowed);
    assert_eq!(infra.exhaust_rate("ann", "api").unwrap(), 4);
}

#[test]
fn a_backend_that_only_admits_calls_says_so() {
    let (infra, _time) = start(&ten_a_second("governor")).unwrap();
    let expected = "rate limit `api`: the backend `governor` cannot peek, reserve, refund, reset \
                    or exhaust; use `backend = \"native\"`";
    let errors = [
        infra.peek_rate("ann", "api", 1).map(|_| ()).unwrap_err(),
        infra.rate_status("ann", "api").map(|_| ()).unwrap_err(),
        infra.refund_rate("ann", "api", 1).unwrap_err(),
        infra.reset_rate("ann", "api").unwrap_err(),
        infra.exhaust_rate("ann", "api").map(|_| ()).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.to_string(), expected);
    }
    let refusal = infra.reserve_rate("ann", "api", 1).map(|_| ()).unwrap_err();
    assert_eq!(refusal.to_string(), expected);
    infra.check_rate("ann", "api", 4).expect("nothing was taken");
}

/// Ten a second, four at once.
fn ten_a_second(backend: &str) -> String {
    format!("[rate_limit.api]\nbackend = \"{backend}\"\nlimit = 10\nperiod = \"1s\"\nburst = 4\n")
}

#[test]
fn tiers_are_a_list_of_rules_and_taken_all_or_nothing() {
    let (infra, _time) = start(
        r#"
        [rate_limit.per_user]
        limit = 3
        period = "1h"

        [rate_limit.per_tenant]
        limit = 4
        period = "1h"
        key_parts = 1

        [protection.api]
        rate_limit = ["per_user", "per_tenant"]
        "#,
    )
    .unwrap();
    let call = |tenant, user| {
        let call = infra.protect("api").unwrap().key((tenant, user));
        call.acquire_blocking().map(seawall::Permit::success)
    };
    for _ in 0..3 {
        call("acme", "ann").unwrap();
    }
    call("acme", "bob").unwrap();
    assert_eq!(&**call("acme", "bob").unwrap_err().by().name(), "per_tenant");
    assert_eq!(infra.rate_status(("acme", "bob"), "per_user").unwrap().remaining, 2);
    call("other", "cy").unwrap();
}

#[test]
fn settings_of_the_native_backend_are_read_and_wrong_ones_are_named() {
    let (infra, _time) = start(
        r#"
        [rate_limit.api]
        limit = 5
        period = "1m"
        algorithm = "sliding_window"
        overflow = "reject"
        max_keys = 1
        max_wait = "1s"
        "#,
    )
    .unwrap();
    infra.check_rate("ann", "api", 5).unwrap();
    assert_eq!(infra.rate_status("bob", "api").unwrap().remaining, 0, "there is no room");
    let rule = infra.component::<RateLimiter>("api").unwrap().rule();
    assert_eq!(rule.bound(Duration::from_secs(60)), 10);

    let wrong = start(
        r#"
        [rate_limit.api]
        limit = 5
        period = "1m"
        burst = 6
        algorithm = "fixed_window"
        "#,
    );
    let said = wrong.map(|_| ()).expect_err("no such rule").to_string();
    assert!(said.contains("rate_limit.api.burst: is not for windows"), "{said}");
    let unknown = start("[rate_limit.api]\nlimit = 5\nperiod = \"1m\"\nalgorithm = \"gcre\"\n");
    let said = unknown.map(|_| ()).expect_err("no such algorithm").to_string();
    assert!(said.contains("did you mean `gcra`?"), "{said}");
}

#[test]
fn events_have_keys_only_where_that_was_asked_for() {
    let settings = "[rate_limit.api]\nlimit = 1\nperiod = \"1s\"\n";
    let keys = |builder: seawall::Builder| {
        let recorder = seawall_testkit::Recorder::new();
        let config = ConfigSource::new().toml_str(settings);
        let infra = builder.config(config).observer(recorder.clone()).build().unwrap();
        infra.check_rate(("user", 7), "api", 1).unwrap();
        let allowed =
            |event: &seawall_testkit::Recorded| event.topic == seawall::Topic::RequestAllowed;
        let mut events = recorder.events().into_iter().filter(allowed);
        events.next().expect("it is reported").key
    };
    assert_eq!(keys(Infrastructure::builder()), None);
    let told = keys(Infrastructure::builder().keys_in_events());
    assert_eq!(told.as_deref(), Some("user/7"));
}
