//! Requests and handlers that do not behave: nothing stays held, and no client chooses how it is counted.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, StatusCode};
use axum::routing::get;
use futures_core::Stream;
use seawall::{ConfigSource, Infrastructure};
use seawall_axum::{ApiKey, ClientIp, ProtectLayer, millis_header};
use seawall_testkit::ManualClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

const SETTINGS: &str = r#"
    [rate_limit.clients]
    limit = 1
    period = "1h"

    [bulkhead.places]
    max_concurrent = 1

    [breaker.places]
    consecutive_failures = 100

    [protection.clients]
    rate_limit = "clients"

    [protection.places]
    bulkhead = "places"
    breaker = "places"
    timeout = "20s"
"#;

fn infrastructure(time: &ManualClock) -> Infrastructure {
    let settings = ConfigSource::new().toml_str(SETTINGS);
    Infrastructure::builder().config(settings).clock(time.clock()).build().expect("valid settings")
}

fn reading(infra: &Infrastructure, name: &str) -> u64 {
    let status = infra.status("places").expect("configured");
    status.iter().find_map(|status| status.reading(name)).expect("counted")
}

async fn until_running(infra: &Infrastructure, running: u64) {
    while reading(infra, "running") != running {
        tokio::task::yield_now().await;
    }
}

/// Serves routes under the protection `places`.
async fn serve(infra: &Infrastructure, app: Router) -> SocketAddr {
    let layer = ProtectLayer::new(infra.protection("places").expect("configured"))
        .deadline(millis_header("x-timeout-ms"));
    let app = app.route_layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
    address
}

/// Sends bytes, and returns all that comes until the server closes the connection.
async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).await.expect("connected");
    let request = format!("{request}\r\nhost: a\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    match socket.read_to_end(&mut answer).await {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// A chunk, and then an error.
struct Breaks(bool);

impl Stream for Breaks {
    type Item = Result<Bytes, &'static str>;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let first = !std::mem::replace(&mut self.0, true);
        Poll::Ready(Some(if first { Ok(Bytes::from("chunk")) } else { Err("scripted") }))
    }
}

#[tokio::test]
async fn handlers_that_panic_and_bodies_that_break_hold_nothing() {
    let infra = infrastructure(&ManualClock::new());
    let panics = async || -> StatusCode { panic!("scripted") };
    let breaks = async || Body::from_stream(Breaks(false));
    let app = Router::new()
        .route("/panics", get(panics))
        .route("/breaks", get(breaks))
        .route("/upgrade", get(async || StatusCode::SWITCHING_PROTOCOLS))
        .route("/hello", get(async || "hello"));
    let address = serve(&infra, app).await;
    assert_eq!(exchange(address, "GET /panics HTTP/1.1").await, "", "the connection is closed");
    until_running(&infra, 0).await;
    assert_eq!(reading(&infra, "panicked"), 1);
    exchange(address, "GET /breaks HTTP/1.1").await;
    until_running(&infra, 0).await;
    exchange(address, "GET /upgrade HTTP/1.1\r\nupgrade: none").await;
    until_running(&infra, 0).await;
    let head = exchange(address, "HEAD /hello HTTP/1.1").await;
    assert!(head.contains("content-length: 5") && head.ends_with("\r\n\r\n"), "{head}");
    until_running(&infra, 0).await;
    let answer = exchange(address, "GET /hello HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn a_request_is_cut_when_its_own_time_is_over() {
    let time = ManualClock::new();
    let infra = infrastructure(&time);
    let hang = async || -> StatusCode { std::future::pending().await };
    let address = serve(&infra, Router::new().route("/", get(hang))).await;
    for (header, wait) in [("250", Duration::from_millis(250)), ("soon", Duration::from_secs(20))] {
        let request = format!("GET / HTTP/1.1\r\nx-timeout-ms: {header}");
        let hanging = tokio::spawn(async move { exchange(address, &request).await });
        until_running(&infra, 1).await;
        while time.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        time.advance(wait - Duration::from_millis(1));
        assert_eq!(reading(&infra, "running"), 1, "{header}");
        time.advance(Duration::from_millis(1));
        let answer = hanging.await.expect("no panic");
        assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
        until_running(&infra, 0).await;
    }
    let over = exchange(address, "GET / HTTP/1.1\r\nx-timeout-ms: 0").await;
    assert!(over.starts_with("HTTP/1.1 503"), "it never ran: {over}");
}

/// Sends a request with `headers` from a proxy that is trusted, and returns the status.
async fn count<S>(app: &S, headers: &[(&'static str, &[u8])]) -> u16
where
    S: tower::Service<Request<Body>, Response = axum::response::Response, Error = Infallible>
        + Clone,
{
    let peer: SocketAddr = "10.0.0.1:4711".parse().expect("an address");
    let mut request = Request::new(Body::empty());
    request.extensions_mut().insert(ConnectInfo(peer));
    for (name, value) in headers {
        let value = HeaderValue::from_bytes(value).expect("a header value");
        request.headers_mut().append(*name, value);
    }
    app.clone().oneshot(request).await.expect("infallible").status().as_u16()
}

#[tokio::test]
async fn no_forged_address_escapes_the_limit() {
    let infra = infrastructure(&ManualClock::new());
    let layer = ProtectLayer::new(infra.protection("clients").expect("configured"))
        .key(ClientIp::trusting(["10.0.0.0/8"]).expect("a network"));
    let app: Router = Router::new().route("/", get(async || "hello")).layer(layer);
    let forged = "6.6.6.6, ".repeat(2_000) + "192.0.2.7";
    assert_eq!(count(&app, &[("x-forwarded-for", b"192.0.2.7")]).await, 200);
    let attempts: [&[(&str, &[u8])]; 6] = [
        &[("x-forwarded-for", forged.as_bytes())],
        &[("x-forwarded-for", b"1.1.1.1"), ("x-forwarded-for", b"192.0.2.7")],
        &[("x-forwarded-for", b"1.1.1.1,192.0.2.7:99")],
        &[("x-forwarded-for", b"::ffff:192.0.2.7")],
        &[("x-forwarded-for", b"192.0.2.7"), ("x-real-ip", b"1.1.1.1")],
        &[("x-forwarded-for", b"192.0.2.7"), ("forwarded", b"for=1.1.1.1")],
    ];
    for headers in attempts {
        assert_eq!(count(&app, headers).await, 429, "{:?}", headers.last());
    }
    // What cannot be read ends at the proxy, which has one count.
    let garbage: [&[u8]; 4] = [b"\xff\xfe", b"192.0.2.7, ", b"unknown", b"192.0.2.7%eth0"];
    let counted = [count(&app, &[("x-forwarded-for", garbage[0])]).await];
    assert_eq!(counted, [200]);
    for garbage in &garbage[1..] {
        assert_eq!(count(&app, &[("x-forwarded-for", garbage)]).await, 429, "{garbage:?}");
    }
}

#[tokio::test]
async fn an_api_key_of_any_bytes_is_a_key() {
    let infra = infrastructure(&ManualClock::new());
    let layer =
        ProtectLayer::new(infra.protection("clients").expect("configured")).key(ApiKey("x-key"));
    let app: Router = Router::new().route("/", get(async || "hello")).layer(layer);
    for key in [b"" as &[u8], b"\xff\x80", b"a", &[b'k'; 100_000]] {
        assert_eq!(count(&app, &[("x-key", key)]).await, 200);
        assert_eq!(count(&app, &[("x-key", key)]).await, 429);
    }
}
