//! What an orchestrator's probes are told.

mod common;

use common::{Service, page};
use seawall_status::health_router;
use serde_json::Value;

const SETTINGS: &str = r#"
    [breaker.payments]
    required = true
    [breaker.mails]
    [protection.charge]
    breaker = "payments"
"#;

async fn probe(service: &Service, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("{}/{path}", service.url)).await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

#[tokio::test]
async fn a_service_is_ready_until_what_it_requires_fails() {
    let (time, infra, page) = page(SETTINGS);
    let router = health_router(&infra);
    let service = Service::serve(time, infra, &page, router).await;
    let state = async || {
        let (status, body) = probe(&service, "ready").await;
        let health: Value = serde_json::from_str(&body).expect("JSON");
        (status, health["state"].as_str().expect("a word").to_owned())
    };
    assert_eq!(state().await, (200, "ready".to_owned()));
    let force = |name: &str| {
        let control = service.infra.control("ana", "a test").breaker(name);
        control.force_open().expect("it can be forced");
    };
    force("mails");
    assert_eq!(state().await, (200, "degraded".to_owned()), "nothing requires it");
    force("payments");
    assert_eq!(state().await, (503, "failed".to_owned()));
    assert_eq!(probe(&service, "live").await.0, 200, "no reason to restart");
    service.infra.close();
    assert_eq!(state().await, (503, "stopping".to_owned()));
    assert_eq!(probe(&service, "live").await.0, 200);
}
