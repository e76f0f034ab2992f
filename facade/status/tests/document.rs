//! The document over a real socket, in virtual time.

use std::time::Duration;

use seawall::{ConfigSource, Infrastructure, Layer, Refusal, RefusalKind};
use seawall_status::{Recorder, StatusPage};
use seawall_testkit::ManualClock;
use serde_json::{Value, json};

mod common;

use self::common::{Service, second};

const SETTINGS: &str = r#"
    [breaker.payments]
    consecutive_failures = 2
    reset_after = "5s"

    [bulkhead.payments]
    max_concurrent = 4

    [rate_limit.clients]
    limit = 3
    period = "1m"

    [protection.charge]
    rate_limit = "clients"
    bulkhead = "payments"
    breaker = "payments"
    timeout = "1s"

    [protection.quiet]
    timeout = "2s"
"#;

#[tokio::test]
async fn the_worst_comes_first_with_the_reason_and_the_refusals_by_layer() {
    let service = Service::start(SETTINGS).await;
    service.status().await;
    let charge = service.infra.protection("charge").expect("it is configured");
    for result in [Err(()), Err(()), Ok(()), Ok(())] {
        _ = charge.call().run_blocking(|| result);
    }
    service.time.advance(second());
    let status = service.status().await;

    assert_eq!(status["format"], 1);
    assert_eq!(status["level"], "refusing");
    assert_eq!(status["protections_by_level"]["refusing"], 1);
    let first = &status["protections"][0];
    assert_eq!(first["name"], "charge");
    assert_eq!(first["level"], "refusing");
    assert_eq!(first["reason"], "circuit breaker `payments` is open: consecutive failures");
    assert_eq!(
        first["total"],
        json!({"success": 0, "failure": 2, "timed_out": 0, "refused": 2, "other": 0})
    );
    let by = json!({"component": "circuit_breaker", "name": "payments"});
    assert_eq!(
        first["refusals"],
        json!([{"layer": by, "kind": "circuit_open", "last_minute": 2, "total": 2}])
    );
    assert_eq!(first["layers"][2]["state"], "open");
    assert_eq!(first["timeout_seconds"], 1.0);
    assert_eq!(first["windows"][0]["calls"], 4);
    assert_eq!(status["protections"][1]["name"], "quiet");

    let breaker = &status["components"][0];
    assert_eq!(
        (&breaker["component"], &breaker["name"]),
        (&"circuit_breaker".into(), &"payments".into())
    );
    assert_eq!(breaker["state"], "open");
    assert_eq!(breaker["cause"], "consecutive failures");
    assert_eq!(breaker["total"]["failure"], 2);
    let event = &status["events"][0];
    assert_eq!(event["event"], "seawall.circuit_breaker.state_change");
    assert_eq!(event["text"], "closed → open: consecutive failures");
}

#[tokio::test]
async fn a_circuit_that_goes_on_and_off_is_one_event_with_a_count() {
    let service = Service::start(SETTINGS).await;
    let charge = service.infra.protection("charge").expect("it is configured");
    for _ in 0..2 {
        _ = charge.call().run_blocking(|| Err::<(), _>(()));
    }
    for _ in 0..2 {
        service.time.advance(Duration::from_secs(60));
        _ = charge.call().run_blocking(|| Err::<(), _>(()));
    }
    let status = service.status().await;
    let texts: Vec<_> = status["events"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| {
            (
                event["count"].as_u64(),
                event["text"].as_str().and_then(|text| text.split(':').next()),
            )
        })
        .collect();
    assert_eq!(texts[0], (Some(2), Some("half_open → open")));
    assert_eq!(texts[1], (Some(2), Some("open → half_open")));
    assert_eq!(texts[2], (Some(1), Some("closed → open")));
}

#[tokio::test]
async fn probes_learn_whether_the_service_is_ready_and_no_names() {
    let (time, infra, page) = common::page(SETTINGS);
    let router = page.router().merge(seawall_status::health_router(&infra));
    let service = Service::serve(time, infra, &page, router).await;
    let probe = async |path: &str| {
        let answer = reqwest::get(format!("{}{path}", service.url)).await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let ready = json!({"state": "ready", "is_ready": true});
    assert_eq!(probe("/ready").await, (200, ready.clone()));
    assert_eq!(probe("/live").await, (200, ready));
    assert_eq!(service.status().await["health"]["reasons"], json!([]));
    service.infra.control("ann", "why not").breaker("payments").force_open().expect("it can");
    assert_eq!(probe("/ready").await, (200, json!({"state": "degraded", "is_ready": true})));
    service.time.advance(second());
    let health = service.status().await["health"].take();
    assert_eq!(
        health["reasons"],
        json!(["circuit breaker `payments`: it is forced open; force_open by ann: why not"])
    );
    service.infra.close();
    let stopping = json!({"state": "stopping", "is_ready": false});
    assert_eq!(probe("/ready").await, (503, stopping.clone()));
    assert_eq!(probe("/live").await, (200, stopping));
}

#[tokio::test]
async fn latencies_and_rates_are_those_of_the_last_time() {
    let service = Service::start("[protection.slow]\ndeadline = \"1m\"").await;
    service.status().await;
    let slow = service.infra.protection("slow").expect("it is configured");
    for millis in 1..=100 {
        let run = || {
            service.time.advance(Duration::from_millis(millis));
            Ok::<_, ()>(())
        };
        slow.call().run_blocking(run).expect("it works");
    }
    service.time.advance(second());
    let status = service.status().await;
    let slow = &status["protections"][0];
    let p50 = slow["latency"]["p50_seconds"].as_f64().expect("a time");
    let p99 = slow["latency"]["p99_seconds"].as_f64().expect("a time");
    assert!((0.048..0.053).contains(&p50) && (0.097..0.101).contains(&p99), "{p50} {p99}");
    assert_eq!(slow["windows"][2]["success"], 100);
    // Nothing was sampled while the calls ran.
    let seconds = &slow["seconds"];
    let sum: u64 =
        seconds["success"].as_array().expect("a list").iter().filter_map(Value::as_u64).sum();
    assert_eq!(sum, 100);
    assert!(seconds["level"].as_array().expect("a list").contains(&Value::Null));

    service.time.advance(Duration::from_secs(300));
    let status = service.status().await;
    assert_eq!(status["protections"][0]["windows"][2]["calls"], 0);
    assert_eq!(status["protections"][0]["total"]["success"], 100);
    assert_eq!(status["protections"][0]["level"], "idle");
}

#[tokio::test]
async fn settings_have_their_source_and_refused_ones_their_problems() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("seawall.toml");
    std::fs::write(&file, "[breaker.payments]\nfailures = 5").expect("written");
    let time = ManualClock::new();
    let recorder = Recorder::new();
    let builder = Infrastructure::builder().config(ConfigSource::new().file(&file));
    let infra = recorder.observe(builder).clock(time.clock()).build().expect("valid settings");
    let page = StatusPage::new("the shop", &infra, &recorder);
    let service = Service::serve(time, infra, &page, page.router()).await;
    let status = service.status().await;
    assert_eq!(
        status["config"],
        json!({
            "version": 1, "is_stale": false, "problems": [], "refused_seconds_ago": null,
        })
    );
    let planned = &status["settings"]["plan"]["components"][0];
    let failures = planned["settings"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|setting| setting["name"] == "failures")
        .expect("it is there");
    assert_eq!(failures["value"], 5);
    assert!(failures["source"].as_str().expect("a text").ends_with("seawall.toml:2"));

    std::fs::write(&file, "[breaker.payments]\nfailures = 0").expect("written");
    service.infra.reload().expect_err("zero is not allowed");
    service.time.advance(second());
    let status = service.status().await;
    assert_eq!(status["config"]["is_stale"], true);
    assert_eq!(status["level"], "warning");
    let problem = status["config"]["problems"][0].as_str().expect("a text");
    assert!(problem.contains("seawall.toml:2: breaker.payments.failures"), "{problem}");

    std::fs::write(&file, "[breaker.payments]\nfailures = 7").expect("written");
    let _applied = service.infra.reload().expect("valid");
    let status = service.status().await;
    assert_eq!(status["config"]["version"], 2);
    assert_eq!(status["settings"]["versions"][0]["summary"], "version 2 (reload): 1 changed");
}

#[tokio::test]
async fn protections_that_code_composed_are_shown_for_an_hour_after_their_last_call() {
    let service = Service::start("[bulkhead.b]\nmax_concurrent = 1").await;
    let made = service.infra.compose().name("made").bulkhead("b").build().expect("valid");
    made.call().run_blocking(|| Ok::<_, ()>(())).expect("it works");
    service.time.advance(second());
    let status = service.status().await;
    assert_eq!(status["protections"][0]["name"], "made");
    assert_eq!(status["protections"][0]["in_settings"], false);
    service.time.advance(Duration::from_secs(3_602));
    assert_eq!(service.status().await["protections"], json!([]));
    made.call().run_blocking(|| Ok::<_, ()>(())).expect("it works");
    service.time.advance(second());
    assert_eq!(service.status().await["protections"][0]["total"]["success"], 2);
}

#[tokio::test]
async fn hostile_names_and_errors_are_only_text() {
    let hostile = common::HOSTILE;
    let service = Service::start("[breaker.b]\nfailures = 1").await;
    let calls = service.infra.compose().name(hostile).breaker("b").build().expect("any name");
    _ = calls.call().run_blocking(|| Err::<(), _>(()));
    let layer = Layer::new(seawall::Component::CircuitBreaker, "b");
    let refusal = Refusal::new(RefusalKind::ResourceUnavailable, &layer)
        .with_source(std::sync::Arc::new(std::io::Error::other(hostile)));
    service.infra.driver().emit_refusal(&refusal);
    service.time.advance(second());
    let status = service.status().await;
    let component = &status["components"][0];
    assert_eq!(component["name"], "b");
    let text = seawall::error_text(&std::io::Error::other(hostile));
    assert_eq!(component["last_error"]["text"], text);
    assert_eq!(status["protections"][0]["name"], hostile);
}
