//! What is recorded of the calls under each protection.

use std::time::Duration;

use seawall::{ConfigSource, Error, Infrastructure, Outcome, ProtectionCalls};
use seawall_testkit::ManualClock;

const SETTINGS: &str = r#"
    [breaker.payments]
    consecutive_failures = 3
    reset_after = "1h"

    [rate_limit.api]
    limit = 5
    period = "1h"

    [protection.charge]
    breaker = "payments"
    timeout = "1s"

    [protection.search]
    rate_limit = "api"
"#;

const MS: Duration = Duration::from_millis(1);

fn infrastructure() -> (ManualClock, Infrastructure) {
    let time = ManualClock::new();
    let builder = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS));
    let infra = builder.clock(time.clock()).record_calls().build().expect("valid settings");
    (time, infra)
}

fn of(infra: &Infrastructure, name: &str) -> ProtectionCalls {
    let mut all = infra.calls().into_iter();
    all.find(|calls| calls.name.as_str() == name).expect("it had calls")
}

/// Makes a call that takes some time.
async fn call(
    time: &ManualClock,
    infra: &Infrastructure,
    name: &str,
    takes: Duration,
    fails: bool,
) {
    let op = || async {
        time.clock().sleep_until(time.now() + takes).await;
        if fails { Err("it failed") } else { Ok(()) }
    };
    let _: Result<(), Error<&str>> = infra.execute_protected(name, op).await;
}

#[test]
fn each_call_counts_once_by_how_it_ended() {
    let (time, infra) = infrastructure();
    time.block_on(async {
        for takes in 1..=100 {
            call(&time, &infra, "charge", takes * MS, false).await;
        }
        call(&time, &infra, "charge", 2000 * MS, false).await;
        call(&time, &infra, "charge", MS, true).await;
        call(&time, &infra, "charge", MS, true).await;
        call(&time, &infra, "charge", MS, false).await;
        for _ in 0..8 {
            call(&time, &infra, "search", MS, false).await;
        }
    });
    let charge = of(&infra, "charge");
    let counts = |outcome| charge.total.get(outcome);
    assert_eq!(charge.total.total(), 104);
    assert_eq!(counts(Outcome::Success), 100);
    assert_eq!((counts(Outcome::TimedOut), counts(Outcome::Failure)), (1, 2));
    assert_eq!(counts(Outcome::Refused), 1);
    let p50 = charge.latencies.p50.expect("they took time");
    assert!(p50.abs_diff(50 * MS) < 3 * MS, "{p50:?}");
    let [(layer, kind, refused)] = &*charge.refusals else { panic!("{:?}", charge.refusals) };
    assert_eq!(
        (layer.to_string(), kind.as_str(), *refused),
        ("circuit breaker `payments`".to_owned(), "circuit_open", 1)
    );
    let search = of(&infra, "search");
    assert_eq!(search.total.get(Outcome::Refused), 3);
    assert_eq!(search.total.get(Outcome::Success), 5);
}

#[test]
fn recent_calls_are_those_of_the_last_seconds_and_minutes() {
    let (time, infra) = infrastructure();
    time.block_on(async {
        for _ in 0..400 {
            call(&time, &infra, "charge", 500 * MS, false).await;
            call(&time, &infra, "charge", 500 * MS, false).await;
            let _sampled = infra.calls();
        }
    });
    let calls = of(&infra, "charge");
    assert_eq!(calls.total.total(), 800);
    let seen = [calls.last_10s, calls.last_minute, calls.last_5_minutes];
    let seen = seen.map(|recent| (recent.span.as_secs(), recent.counts.total()));
    assert_eq!(seen, [(10, 20), (60, 120), (300, 600)]);
    assert!((calls.last_minute.per_second() - 2.0).abs() < 1e-9);
    assert_eq!(calls.last_minute.share(Outcome::Success), Some(1.0));
    time.advance(Duration::from_secs(400));
    let later = of(&infra, "charge");
    assert_eq!(later.last_5_minutes.counts.total(), 0);
    assert_eq!(later.latencies.p50, None, "they are of the last minute");
}

#[test]
fn the_background_work_samples_every_second() {
    let (time, infra) = infrastructure();
    time.block_on(async {
        call(&time, &infra, "charge", MS, false).await;
        let work = async {
            let mut run = std::pin::pin!(infra.run());
            let minute = time.clock().sleep_until(time.now() + Duration::from_secs(60));
            let mut minute = std::pin::pin!(minute);
            std::future::poll_fn(|cx| {
                assert!(run.as_mut().poll(cx).is_pending());
                minute.as_mut().poll(cx)
            })
            .await;
        };
        work.await;
    });
    let calls = of(&infra, "charge");
    assert_eq!(calls.last_10s.counts.total(), 0, "it was a minute ago");
    assert_eq!(calls.last_5_minutes.counts.total(), 1);
}

#[test]
fn it_serializes() {
    let (time, infra) = infrastructure();
    time.block_on(async {
        for _ in 0..6 {
            call(&time, &infra, "search", 100 * MS, false).await;
        }
    });
    let json = serde_json::to_value(infra.calls()).expect("it serializes");
    let search = &json[0];
    assert_eq!(search["name"], "search");
    assert_eq!(search["total"]["success"], 5);
    assert_eq!(search["refusals"][0]["kind"], "rate_limited");
    assert!(search["latency_seconds"]["p99"].as_f64().is_some_and(|p99| p99 > 0.09));
    assert!(search["last_10s"]["per_second"].as_f64().is_some_and(|rate| rate > 1.0));
}

#[test]
fn without_recording_there_is_nothing() {
    let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(SETTINGS));
    assert!(infra.build().expect("valid settings").calls().is_empty());
}
