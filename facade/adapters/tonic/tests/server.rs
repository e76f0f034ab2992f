//! Servers and services under a protection, as clients see them over sockets.

mod rpc;

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use seawall::{ConfigSource, Infrastructure};
use seawall_testkit::ManualClock;
use seawall_tonic::{GrpcProtectLayer, Server as Inbound, metadata};
use tonic::service::LayerExt;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use tower::{Layer, ServiceExt};

use rpc::{Echo, Seen, call, open, send, serve, text, within};

const SETTINGS: &str = r#"
    [rate_limit.tenants]
    limit = 2
    period = "1m"

    [bulkhead.orders]
    max_concurrent = 1

    [breaker.orders]
    consecutive_failures = 3

    [protection.tenants]
    rate_limit = "tenants"

    [protection.orders]
    bulkhead = "orders"
    breaker = "orders"
"#;

struct Fixture {
    time: ManualClock,
    infra: Infrastructure,
    seen: Arc<Seen>,
}

impl Fixture {
    fn new() -> Self {
        let time = ManualClock::new();
        let settings = ConfigSource::new().toml_str(SETTINGS);
        let builder = Infrastructure::builder().config(settings).clock(time.clock());
        Self { time, infra: builder.build().expect("valid settings"), seen: Arc::default() }
    }

    fn layer(&self, name: &str) -> GrpcProtectLayer<seawall::Handle, Inbound> {
        GrpcProtectLayer::server(self.infra.protection(name).expect("configured"))
    }

    fn echo(&self) -> Echo {
        Echo(self.seen.clone())
    }

    /// A server whose calls all go through `orders`.
    async fn orders(&self) -> Channel {
        let layer = self.layer("orders");
        serve(Server::builder().layer(layer).add_service(self.echo())).await
    }

    fn reading(&self, layer: usize, name: &str) -> u64 {
        let status = self.infra.status("orders").expect("configured").remove(layer);
        status.reading(name).unwrap_or_else(|| panic!("no {name} in {status:?}"))
    }

    async fn until_running(&self, running: u64) {
        while self.reading(0, "running") != running {
            tokio::task::yield_now().await;
        }
    }
}

const UNARY: &str = "/test.Echo/Unary";

#[tokio::test]
async fn an_exhausted_limit_says_when_to_return_and_exempt_calls_cost_nothing() {
    let fixture = Fixture::new();
    let layer =
        fixture.layer("tenants").key(metadata("x-tenant")).exempt("/grpc.health.v1.Health/");
    let router = Server::builder().layer(layer).add_service(fixture.echo());
    let channel = serve(router.add_service(Echo::<true>(fixture.seen.clone()))).await;
    let ask = async |tenant: &'static str| {
        let mut request = Request::new(text("hello"));
        request.metadata_mut().insert("x-tenant", tenant.parse().expect("text"));
        send(channel.clone(), UNARY, request).await
    };
    for _ in 0..2 {
        assert_eq!(ask("a").await.expect("admitted"), text("hello"));
    }
    let refused = ask("a").await.expect_err("3 of 2");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(refused.message(), "too many requests; retry later");
    let details = refused.get_error_details();
    let wait = details.retry_info().and_then(|info| info.retry_delay);
    assert_eq!(wait, Some(Duration::from_secs(30)));
    assert_eq!(details.quota_failure().expect("a quota").violations.len(), 1);
    assert_eq!(refused.metadata().get("grpc-retry-pushback-ms").expect("a wait"), "30000");
    assert_eq!(fixture.seen.calls(), 2, "it never reached the service");
    ask("b").await.expect("another tenant");
    for _ in 0..3 {
        let health = "/grpc.health.v1.Health/Check";
        call(channel.clone(), health, "hello").await.expect("exempt");
    }
}

#[tokio::test]
async fn a_refusal_is_an_answer_of_trailers_only_with_status_200() {
    let fixture = Fixture::new();
    let service = fixture.layer("tenants").layer(fixture.echo());
    let request = || {
        let request = http::Request::post(UNARY);
        request.body(tonic::body::Body::empty()).expect("a request")
    };
    for _ in 0..2 {
        service.clone().oneshot(request()).await.expect("infallible");
    }
    let refused = service.oneshot(request()).await.expect("infallible");
    assert_eq!(refused.status(), 200);
    assert_eq!(refused.headers()["grpc-status"], "8");
    assert_eq!(refused.headers()["content-type"], "application/grpc");
    assert_eq!(refused.headers()["grpc-retry-pushback-ms"], "30000");
    assert!(http_body::Body::is_end_stream(refused.body()));
}

#[tokio::test]
async fn the_verdict_of_a_stream_is_in_its_trailers() {
    let fixture = Fixture::new();
    let channel = fixture.orders().await;
    let endless = open(channel.clone(), "endless").await.expect("admitted");
    let full = call(channel.clone(), UNARY, "hello").await.expect_err("the place is taken");
    assert_eq!(full.code(), Code::ResourceExhausted, "{full}");
    drop(endless);
    fixture.until_running(0).await;
    let mut stream = open(channel.clone(), "hello").await.expect("admitted");
    while stream.message().await.expect("no error").is_some() {}
    fixture.until_running(0).await;
    assert_eq!(fixture.reading(1, "success"), 1);

    let mut broken = open(channel.clone(), "broken").await.expect("admitted");
    let error = async || loop {
        if let Err(error) = broken.message().await {
            break error;
        }
    };
    assert_eq!({ error }().await.code(), Code::Internal);
    fixture.until_running(0).await;
    assert_eq!(fixture.reading(1, "failure"), 1);
}

#[tokio::test]
async fn statuses_open_the_circuit_and_its_refusals_say_unavailable() {
    let fixture = Fixture::new();
    let channel = fixture.orders().await;
    let ask = async |asked| call(channel.clone(), UNARY, asked).await;
    ask("hello").await.expect("answered");
    for _ in 0..3 {
        assert_eq!(ask("unavailable").await.expect_err("scripted").message(), "scripted");
    }
    let open = ask("hello").await.expect_err("three failures");
    assert_eq!((open.code(), fixture.seen.calls()), (Code::Unavailable, 4));
    assert_eq!(open.message(), "the service cannot take the request now; retry later");
    let wait = open.get_details_retry_info().and_then(|info| info.retry_delay);
    let wait = wait.expect("known").as_millis();
    assert!((5000..=5500).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_call_ends_when_the_time_that_it_came_with_is_over() {
    let fixture = Fixture::new();
    let channel = fixture.orders().await;
    let request = within("hang", Duration::from_secs(50));
    let hanging = tokio::spawn(send(channel, UNARY, request));
    fixture.seen.until_calls(1).await;
    assert_eq!(fixture.seen.timeout().as_deref(), Some("50000000u"));
    fixture.time.advance(Duration::from_secs(50));
    let cut = hanging.await.expect("no panic").expect_err("its time is over");
    assert_eq!(cut.code(), Code::DeadlineExceeded, "{cut}");
    fixture.until_running(0).await;
    assert_eq!(fixture.reading(1, "failure"), 1);
}

#[tokio::test]
async fn a_client_that_goes_away_at_any_stage_frees_its_place() {
    let fixture = Fixture::new();
    let channel = fixture.orders().await;
    let hanging = tokio::spawn(call(channel.clone(), UNARY, "hang"));
    fixture.until_running(1).await;
    hanging.abort();
    fixture.until_running(0).await;
    let mut stream = open(channel.clone(), "endless").await.expect("admitted");
    drop(open(channel.clone(), "endless").await.expect_err("the place is taken"));
    stream.message().await.expect("a message");
    fixture.until_running(1).await;
    drop(stream);
    fixture.until_running(0).await;
    assert_eq!(fixture.reading(1, "abandoned"), 2);
    call(channel, UNARY, "hello").await.expect("the place is free");
}

#[tokio::test]
async fn one_service_of_several_can_be_protected() {
    let fixture = Fixture::new();
    let limited = fixture.layer("tenants").named_layer(fixture.echo());
    let router = Server::builder().add_service(limited);
    let channel = serve(router.add_service(Echo::<true>(fixture.seen.clone()))).await;
    let ask = async |path| call(channel.clone(), path, "hello").await;
    for _ in 0..2 {
        ask(UNARY).await.expect("admitted");
    }
    assert_eq!(ask(UNARY).await.expect_err("3 of 2").code(), Code::ResourceExhausted);
    ask("/grpc.health.v1.Health/Check").await.expect("another service");
}

#[tokio::test]
async fn streams_can_free_their_place_at_the_headers() {
    let fixture = Fixture::new();
    let layer = fixture.layer("orders").until_headers();
    let channel = serve(Server::builder().layer(layer).add_service(fixture.echo())).await;
    let streams = [open(channel.clone(), "endless").await, open(channel, "endless").await];
    assert!(streams.iter().all(Result::is_ok), "{streams:?}");
    assert_eq!((fixture.reading(0, "running"), fixture.reading(1, "success")), (0, 2));
}

#[tokio::test]
async fn hostile_timeouts_are_ignored() {
    let fixture = Fixture::new();
    let service = fixture.layer("orders").layer(fixture.echo());
    for hostile in ["", "S", "-1S", "999999999S", "1e9S", "9\u{a0}S"] {
        let mut request =
            http::Request::post(UNARY).body(tonic::body::Body::empty()).expect("a request");
        let value = HeaderValue::from_bytes(hostile.as_bytes()).expect("a header value");
        request.headers_mut().insert("grpc-timeout", value);
        let answer = service.clone().oneshot(request).await.expect("infallible");
        let status = Status::from_header_map(answer.headers());
        assert_ne!(status.map(|status| status.code()), Some(Code::DeadlineExceeded), "{hostile}");
    }
}
