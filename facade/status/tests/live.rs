//! Server-sent events, and the headers of all answers.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

mod common;

use self::common::{HOSTILE, Service, second};

const SETTINGS: &str =
    "[breaker.payments]\nfailures = 1\n[protection.charge]\nbreaker = \"payments\"";

/// Reads the next event.
async fn next(response: &mut reqwest::Response, buffer: &mut String) -> Option<Value> {
    while !buffer.contains("\n\n") {
        let chunk = response.chunk().await.expect("no error")?;
        buffer.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
    }
    let (event, rest) = buffer.split_once("\n\n").expect("it is there");
    let mut lines = event.lines();
    assert_eq!(lines.next(), Some("event: status"));
    let data = lines.next().and_then(|line| line.strip_prefix("data: ")).expect("data");
    assert_eq!(lines.next(), None, "one line of data");
    let value = serde_json::from_str(data).expect("JSON");
    *buffer = rest.to_owned();
    Some(value)
}

#[tokio::test]
async fn a_sample_a_second_is_sent_until_the_infrastructure_is_closed() {
    let service = Service::start(SETTINGS).await;
    let url = format!("{}/events", service.url);
    let without_work = reqwest::get(&url).await.expect("an answer");
    assert_eq!(without_work.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(without_work.text().await.expect("a text").contains("Infrastructure::run"));

    let work = tokio::spawn(service.infra.run());
    let mut events = loop {
        let events = reqwest::get(&url).await.expect("an answer");
        if events.status() == StatusCode::OK {
            break events;
        }
    };
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let mut buffer = String::new();
    let first = next(&mut events, &mut buffer).await.expect("one at once");
    assert_eq!(first["level"], "idle");
    assert_eq!(first.get("settings"), None, "these are large");

    let hostile =
        service.infra.compose().name(HOSTILE).breaker("payments").build().expect("any name");
    _ = hostile.call().run_blocking(|| Err::<(), _>(()));
    service.time.advance(second());
    let second_one = next(&mut events, &mut buffer).await.expect("another");
    assert_eq!(second_one["level"], "refusing");
    let names = second_one["protections"].as_array().expect("a list").iter().map(|it| &it["name"]);
    assert_eq!(names.collect::<Vec<_>>(), ["charge", HOSTILE]);
    service.time.advance(second());
    assert!(next(&mut events, &mut buffer).await.is_some());

    service.infra.close();
    assert_eq!(next(&mut events, &mut buffer).await, None, "it ends");
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("it ends").expect("no panic");
}

#[tokio::test]
async fn every_answer_forbids_what_it_does_not_need() {
    let service = Service::start(SETTINGS).await;
    for path in ["/", "/status.json", "/events", "/controls", "/control", "/nothing"] {
        let answer = reqwest::get(format!("{}{path}", service.url)).await.expect("an answer");
        let headers = answer.headers();
        let policy = headers["content-security-policy"].to_str().expect("a text");
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
    }
}

#[tokio::test]
async fn the_page_has_its_style_and_script_within_under_a_new_nonce_each_time() {
    let service = Service::start(SETTINGS).await;
    let load = async || {
        let answer = reqwest::get(format!("{}/", service.url)).await.expect("an answer");
        let policy =
            answer.headers()["content-security-policy"].to_str().expect("a text").to_owned();
        (policy, answer.text().await.expect("a text"))
    };
    let ((policy, page), (other, _)) = (load().await, load().await);
    let nonce =
        policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert_eq!(nonce.len(), 32);
    assert_ne!(policy, other);
    assert!(page.contains(&format!("<script nonce=\"{nonce}\">")));
    assert!(page.contains(&format!("<style nonce=\"{nonce}\">")));
    assert_eq!(page.matches("<script").count(), 1);
    for never in
        ["{nonce}", "{style}", "{script}", "innerHTML", "http://", "onclick=", "style=\"", "eval("]
    {
        let found = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(never), "{never}");
    }
    assert!(!page.contains("payments"), "names come as JSON alone");
}
