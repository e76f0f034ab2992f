//! Clients under a protection: what they get, what the server learns, and what stays held.

mod rpc;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use seawall::{ConfigSource, Elapsed, Error, Infrastructure, RefusalKind};
use seawall_testkit::ManualClock;
use seawall_tonic::{Client, GrpcProtectLayer, GrpcStatus, method, refusal_of};
use tonic::Code;
use tonic::transport::{Channel, Server};
use tower::Layer;

use rpc::{Echo, Seen, call, open, send, serve, within};

const SETTINGS: &str = r#"
    [rate_limit.methods]
    limit = 1
    period = "1h"

    [bulkhead.billing]
    max_concurrent = 1
    max_waiting = 1
    max_wait = "1s"

    [breaker.billing]
    consecutive_failures = 2

    [protection.methods]
    rate_limit = "methods"

    [protection.billing]
    bulkhead = "billing"
    breaker = "billing"
    deadline = "2s"

    [protection.patient]
    breaker = "billing"
    attempts = 2
    idempotent = true
"#;

const UNARY: &str = "/test.Echo/Unary";

struct Fixture {
    time: ManualClock,
    infra: Infrastructure,
    seen: Arc<Seen>,
    channel: Channel,
}

impl Fixture {
    async fn new() -> Self {
        let time = ManualClock::new();
        let settings = ConfigSource::new().toml_str(SETTINGS);
        let builder = Infrastructure::builder().config(settings).clock(time.clock());
        let seen = Arc::<Seen>::default();
        let channel = serve(Server::builder().add_service(Echo::<false>(seen.clone()))).await;
        Self { time, infra: builder.build().expect("valid settings"), seen, channel }
    }

    fn layer(&self, name: &str) -> GrpcProtectLayer<seawall::Handle, Client> {
        GrpcProtectLayer::client(self.infra.protection(name).expect("configured"))
    }

    fn reading(&self, layer: usize, name: &str) -> u64 {
        let status = self.infra.status("billing").expect("configured").remove(layer);
        status.reading(name).unwrap_or_else(|| panic!("no {name} in {status:?}"))
    }

    fn running(&self) -> u64 {
        self.reading(0, "running")
    }
}

#[tokio::test]
async fn a_refusal_is_the_source_of_a_status() {
    let fixture = Fixture::new().await;
    let client = fixture.layer("billing").layer(fixture.channel.clone());
    let ask = async |asked| call(client.clone(), UNARY, asked).await;
    for _ in 0..2 {
        let failed = ask("unavailable").await.expect_err("scripted");
        assert_eq!((failed.code(), failed.message()), (Code::Unavailable, "scripted"));
        assert!(refusal_of(&failed).is_none());
    }
    let open = ask("hello").await.expect_err("two failures");
    assert_eq!(open.code(), Code::Unavailable);
    assert!(open.message().starts_with("circuit breaker `billing` is open"), "{open}");
    let refusal = refusal_of(&open).expect("it was never sent");
    assert_eq!((refusal.kind(), fixture.seen.calls()), (RefusalKind::CircuitOpen, 2));
}

#[tokio::test]
async fn calls_are_counted_by_method() {
    let fixture = Fixture::new().await;
    let client = fixture.layer("methods").key(method).layer(fixture.channel.clone());
    call(client.clone(), UNARY, "hello").await.expect("1 of 1");
    let limited = call(client.clone(), UNARY, "hello").await.expect_err("2 of 1");
    assert_eq!(limited.code(), Code::Unavailable, "no caller of this program is to blame");
    let mut stream = open(client, "hello").await.expect("another method");
    while stream.message().await.expect("no error").is_some() {}
}

#[tokio::test]
async fn the_server_learns_how_much_time_is_left_after_waiting() {
    let fixture = Fixture::new().await;
    let client = fixture.layer("billing").layer(fixture.channel.clone());
    call(client.clone(), UNARY, "hello").await.expect("answered");
    assert_eq!(fixture.seen.timeout().as_deref(), Some("2000000u"), "the deadline");
    let shorter = within("hello", Duration::from_millis(1500));
    send(client.clone(), UNARY, shorter).await.expect("answered");
    assert_eq!(fixture.seen.timeout().as_deref(), Some("1500000u"), "the request's own time");

    let stream = open(client.clone(), "endless").await.expect("admitted");
    let waiting = tokio::spawn(call(client, UNARY, "hello"));
    while fixture.reading(0, "waiting") == 0 {
        tokio::task::yield_now().await;
    }
    fixture.time.advance(Duration::from_millis(700));
    drop(stream);
    waiting.await.expect("no panic").expect("answered");
    assert_eq!(fixture.seen.timeout().as_deref(), Some("1300000u"), "what is left");
}

#[tokio::test]
async fn a_call_that_is_cut_says_deadline_exceeded() {
    let fixture = Fixture::new().await;
    let client = fixture.layer("billing").layer(fixture.channel.clone());
    let hanging = tokio::spawn(call(client, UNARY, "hang"));
    fixture.seen.until_calls(1).await;
    fixture.time.advance(Duration::from_secs(2));
    let cut = hanging.await.expect("no panic").expect_err("cut");
    assert_eq!(cut.code(), Code::DeadlineExceeded);
    let elapsed: Option<&Elapsed> = cut.source().and_then(|source| source.downcast_ref());
    assert_eq!(elapsed.map(Elapsed::limit), Some(Duration::from_secs(2)), "{cut:?}");
    assert_eq!((fixture.running(), fixture.reading(1, "failure")), (0, 1));
}

#[tokio::test]
async fn a_call_ends_with_its_stream_and_holds_nothing_when_dropped_at_any_stage() {
    let fixture = Fixture::new().await;
    let client = fixture.layer("billing").layer(fixture.channel.clone());
    let mut stream = open(client.clone(), "broken").await.expect("admitted");
    assert_eq!((fixture.running(), fixture.reading(1, "failure")), (1, 0));
    while let Ok(Some(_)) = stream.message().await {}
    assert_eq!((fixture.running(), fixture.reading(1, "failure")), (0, 1));
    let mut stream = open(client.clone(), "hello").await.expect("admitted");
    while stream.message().await.expect("no error").is_some() {}
    assert_eq!((fixture.running(), fixture.reading(1, "success")), (0, 1));

    let mut endless = open(client.clone(), "endless").await.expect("admitted");
    endless.message().await.expect("a message");
    drop(endless);
    assert_eq!((fixture.running(), fixture.reading(1, "abandoned")), (0, 1));
    drop(call(client.clone(), UNARY, "hello"));
    let calls = fixture.seen.calls();
    let hanging = tokio::spawn(call(client, UNARY, "hang"));
    fixture.seen.until_calls(calls + 1).await;
    hanging.abort();
    _ = hanging.await;
    assert_eq!((fixture.running(), fixture.reading(1, "abandoned")), (0, 2));
}

#[tokio::test]
async fn a_closure_is_attempted_again_by_its_status() {
    let fixture = Fixture::new().await;
    let patient = fixture.infra.protection("patient").expect("configured");
    let patient = patient.with_classifier(|result: &Result<_, tonic::Status>| match result {
        Ok(_) => seawall::Verdict::Success.into(),
        Err(status) => GrpcStatus::class(status),
    });
    let attempts = async |attempt: seawall::policy::Attempt| {
        let asked = if attempt.is_extra() { "hello" } else { "unavailable" };
        call(fixture.channel.clone(), UNARY, asked).await
    };
    let run = tokio::spawn({
        let time = fixture.time.clone();
        async move {
            loop {
                time.advance_to_next();
                tokio::task::yield_now().await;
            }
        }
    });
    let answer = patient.owned().run_attempts(attempts).await;
    assert_eq!(answer.map_err(Error::into_failed).expect("answered").text, "hello");
    run.abort();
    assert_eq!(fixture.seen.calls(), 2);
}

#[tokio::test]
async fn a_server_that_is_away_is_a_failure() {
    let fixture = Fixture::new().await;
    let gone = tonic::transport::Endpoint::from_static("http://127.0.0.1:1").connect_lazy();
    let away = call(fixture.layer("billing").layer(gone), UNARY, "hello").await;
    assert_eq!(away.expect_err("nothing listens").code(), Code::Unavailable);
    assert_eq!((fixture.running(), fixture.reading(1, "failure")), (0, 1));
}
