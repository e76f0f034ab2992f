//! Protected routes over real sockets: statuses, headers and bodies as clients see them, and what stays held
//! when a client goes away.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::routing::get;
use futures_core::Stream;
use reqwest::{Client, Method, Response};
use seawall::ratelimit::RateLimiter;
use seawall::{ConfigSource, Error, Infrastructure, KeyStatus, Tick};
use seawall_axum::{ApiKey, ClientIp, Header, Missing, Path, Peer, Problem, ProtectLayer};
use seawall_testkit::ManualClock;
use serde_json::Value;

const SETTINGS: &str = r#"
    [rate_limit.clients]
    limit = 2
    period = "1m"

    [bulkhead.places]
    max_concurrent = 1

    [breaker.payments]
    consecutive_failures = 1

    [protection.clients]
    rate_limit = "clients"

    [protection.places]
    bulkhead = "places"

    [protection.charge]
    breaker = "payments"
"#;

fn infrastructure(time: &ManualClock) -> Infrastructure {
    let settings = ConfigSource::new().toml_str(SETTINGS);
    Infrastructure::builder().config(settings).clock(time.clock()).build().expect("valid settings")
}

/// Serves `app` on a free port.
async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
    format!("http://{address}")
}

async fn send(method: Method, url: String, headers: &[(&'static str, &str)]) -> Response {
    let mut request = Client::new().request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("answered")
}

async fn get_with(url: String, headers: &[(&'static str, &str)]) -> u16 {
    send(Method::GET, url, headers).await.status().as_u16()
}

#[tokio::test]
async fn clients_are_limited_by_their_address_and_learn_why() {
    let time = ManualClock::new();
    let infra = infrastructure(&time);
    let limiter: RateLimiter = infra.component("clients").expect("configured");
    let layer = ProtectLayer::new(infra.protection("clients").expect("configured"))
        .key(ClientIp::trusting(["127.0.0.1"]).expect("an address"))
        .rate_limit_headers("clients", move |key| limiter.status(key));
    let url = serve(Router::new().route("/", get(async || "hello")).route_layer(layer)).await;
    let from = |client| [("x-forwarded-for", client)];
    let first = send(Method::GET, url.clone(), &from("192.0.2.1")).await;
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(first.headers()["ratelimit"], "\"clients\";r=1;t=30");
    assert_eq!(first.headers()["content-length"], "5", "the length of the body is still known");
    assert_eq!(get_with(url.clone(), &from("192.0.2.1")).await, 200);
    let refused = send(Method::GET, url.clone(), &from("6.6.6.6, 192.0.2.1")).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "30");
    assert_eq!(refused.headers()["ratelimit"], "\"clients\";r=0;t=30");
    assert_eq!(refused.headers()["ratelimit-policy"], "\"clients\";q=2;w=60");
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let body: Value = refused.json().await.expect("JSON");
    assert_eq!(body["kind"], "rate_limited");
    assert_eq!(body["status"], 429);
    assert_eq!(get_with(url, &from("192.0.2.2")).await, 200, "another client");
}

#[tokio::test]
async fn preflight_and_exempt_requests_cost_nothing() {
    let infra = infrastructure(&ManualClock::new());
    let layer = ProtectLayer::new(infra.protection("clients").expect("configured"))
        .exempt(|request: &Request| request.uri().path() == "/health");
    let app = Router::new()
        .route("/", get(async || "hello").options(async || "preflight"))
        .route("/health", get(async || "alive"))
        .layer(layer);
    let url = serve(app).await;
    for _ in 0..3 {
        let headers = [("access-control-request-method", "GET")];
        assert_eq!(send(Method::OPTIONS, url.clone(), &headers).await.status(), StatusCode::OK);
        assert_eq!(get_with(format!("{url}/health"), &[]).await, 200);
    }
    assert_eq!(send(Method::OPTIONS, url.clone(), &[]).await.status(), StatusCode::OK);
    assert_eq!([get_with(url.clone(), &[]).await, get_with(url, &[]).await], [200, 429]);
}

#[tokio::test]
async fn each_kind_of_key_counts_apart_and_a_missing_one_is_refused() {
    async fn counts<K: seawall_axum::RequestKey<Key: Send> + Send + Sync + 'static>(
        key: K,
        requests: &[(&str, &'static str, &str, u16)],
    ) {
        let infra = infrastructure(&ManualClock::new());
        let layer = ProtectLayer::new(infra.protection("clients").expect("configured"))
            .key(key)
            .missing_key(Missing::Refuse(StatusCode::UNAUTHORIZED));
        let app = Router::new().route("/a/{id}", get(async || "a")).route("/b", get(async || "b"));
        let url = serve(app.route_layer(layer)).await;
        for (path, name, value, status) in requests {
            let found = get_with(format!("{url}{path}"), &[(name, value)]).await;
            assert_eq!(found, *status, "{path} {name}: {value}");
        }
    }
    let header = |key, status| ("/b", "x-tenant", key, status);
    let tenants = [header("a", 200), header("a", 200), header("a", 429), header("b", 200)];
    counts(Header("x-tenant"), &tenants).await;
    counts(ApiKey("x-tenant"), &tenants).await;
    counts(ApiKey("x-other"), &[header("a", 401)]).await;
    counts(Peer, &[header("a", 200), header("b", 200), header("c", 429)]).await;
    let paths = ["/a/1", "/a/2", "/a/3", "/b"].map(|path| (path, "x", "y"));
    let [one, two, three, other] = paths.map(|(path, x, y)| (path, x, y, 200));
    let three = (three.0, three.1, three.2, 429);
    counts(Path, &[one, two, three, other]).await;
    let both = [header("a", 200), ("/a/1", "x-tenant", "a", 200), header("b", 200)];
    counts((Header("x-tenant"), Path), &both).await;
}

#[tokio::test]
async fn a_key_can_be_found_by_a_function() {
    let infra = infrastructure(&ManualClock::new());
    let layer = ProtectLayer::new(infra.protection("clients").expect("configured"))
        .key_by(|request: &Request| request.uri().query().map(str::len))
        .rate_limit_headers("length", |key| {
            let remaining = u64::from(key.is_some());
            KeyStatus::full(Tick::ZERO, 2, std::time::Duration::from_secs(1))
                .with_remaining(remaining, std::time::Duration::ZERO)
        });
    let url = serve(Router::new().route("/", get(async || "hello")).layer(layer)).await;
    let keyed = send(Method::GET, format!("{url}/?ab"), &[]).await;
    assert_eq!(keyed.headers()["ratelimit"], "\"length\";r=1");
    let missing = send(Method::GET, url, &[]).await;
    assert_eq!(missing.headers()["ratelimit"], "\"length\";r=0");
}

/// That many chunks of a megabyte.
struct Chunks(usize);

impl Stream for Chunks {
    type Item = Result<Vec<u8>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
        self.0 = left;
        Poll::Ready(Some(Ok(vec![0; 1 << 20])))
    }
}

#[tokio::test]
async fn a_client_that_goes_away_or_reads_to_the_end_frees_its_place() {
    let time = ManualClock::new();
    let infra = infrastructure(&time);
    let running = {
        let infra = infra.clone();
        move || infra.status("places").expect("configured")[0].reading("running").expect("counted")
    };
    let layer = ProtectLayer::new(infra.protection("places").expect("configured"));
    let started = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&started);
    let hang = async move || {
        counter.fetch_add(1, Relaxed);
        std::future::pending::<()>().await;
    };
    // Larger than what fits into buffers of the socket.
    let large = async || Body::from_stream(Chunks(64));
    let app = Router::new().route("/hang", get(hang)).route("/large", get(large));
    let url = serve(app.route_layer(layer)).await;
    let until = async |held: u64| {
        while running() != held {
            tokio::task::yield_now().await;
        }
    };
    for path in ["hang", "large"] {
        let client = Client::new();
        let request = tokio::spawn(client.get(format!("{url}/{path}")).send());
        until(1).await;
        let full = get_with(format!("{url}/{path}"), &[]).await;
        assert_eq!(full, 503, "{path}");
        request.abort();
        // With its connection.
        drop((client, request.await));
        until(0).await;
    }
    assert_eq!(started.load(Relaxed), 1);
    let body = send(Method::GET, format!("{url}/large"), &[]).await.bytes().await.expect("read");
    assert_eq!(body.len(), 64 << 20);
    until(0).await;
}

#[tokio::test]
async fn what_a_handler_calls_blames_no_client() {
    let infra = infrastructure(&ManualClock::new());
    async fn charge(State(infra): State<Infrastructure>) -> Result<&'static str, Problem> {
        let failing = async || Err::<&'static str, _>(std::io::Error::other("secret"));
        Ok(infra.execute_protected("charge", failing).await?)
    }
    async fn unknown(State(infra): State<Infrastructure>) -> Result<String, Problem> {
        Ok(infra.execute_protected("unknown", async || Ok::<_, Error<()>>(String::new())).await?)
    }
    let app = Router::new().route("/", get(charge)).route("/unknown", get(unknown));
    let url = serve(app.with_state(infra)).await;
    let failed = send(Method::GET, url.clone(), &[]).await;
    assert_eq!(failed.status(), StatusCode::BAD_GATEWAY);
    let text = failed.text().await.expect("text");
    assert!(!text.contains("secret"), "{text}");
    let open = send(Method::GET, url.clone(), &[]).await;
    assert_eq!(open.status(), StatusCode::SERVICE_UNAVAILABLE);
    let wait: u64 = open.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert_eq!(wait, 5);
    assert_eq!(get_with(format!("{url}/unknown"), &[]).await, 500);
}
