//! Requests to real servers: how their ends count, which are sent again, and what stays held.

mod server;

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Body, Client, Method};
use seawall::{ConfigSource, Error, Infrastructure, RefusalKind};
use seawall_reqwest::{Protect, by_origin, client_builder};
use seawall_testkit::ManualClock;

use server::Server;

const SETTINGS: &str = r#"
    [rate_limit.hosts]
    limit = 1
    period = "1h"

    [breaker.partners]
    consecutive_failures = 100

    [breaker.fragile]
    consecutive_failures = 1

    [bulkhead.partners]
    max_concurrent = 1

    [protection.hosts]
    rate_limit = "hosts"

    [protection.partners]
    bulkhead = "partners"
    breaker = "partners"
    timeout = "1s"

    [protection.fragile]
    breaker = "fragile"

    [protection.patient]
    bulkhead = "partners"
    breaker = "partners"
    attempts = 3
    idempotent = false
"#;

struct Fixture {
    time: ManualClock,
    infra: Infrastructure,
    client: Client,
}

impl Fixture {
    fn new() -> Self {
        let time = ManualClock::new();
        let settings = ConfigSource::new().toml_str(SETTINGS);
        let builder = Infrastructure::builder().config(settings).clock(time.clock());
        let client = client_builder().no_proxy().build().expect("a client");
        Self { time, infra: builder.build().expect("valid settings"), client }
    }

    fn protect(&self, name: &str) -> Protect<seawall::Handle> {
        Protect::new(self.infra.protection(name).expect("configured"))
    }

    fn reading(&self, layer: usize, name: &str) -> u64 {
        let status = self.infra.status("partners").expect("configured").remove(layer);
        status.reading(name).unwrap_or_else(|| panic!("no {name} in {status:?}"))
    }

    fn running(&self) -> u64 {
        self.reading(0, "running")
    }

    /// The number of calls that ended so.
    fn ended(&self, verdict: &str) -> u64 {
        self.reading(1, verdict)
    }

    /// Runs `future`, and lets the waits between attempts pass at once.
    async fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = std::pin::pin!(future);
        poll_fn(|cx| {
            let polled = future.as_mut().poll(cx);
            if polled.is_pending() && self.time.advance_to_next() {
                cx.waker().wake_by_ref();
            }
            polled
        })
        .await
    }
}

#[tokio::test]
async fn statuses_and_retry_after_decide_the_verdict() {
    let server = Server::start().await;
    let cases = [
        ("/status/200", "success", None),
        ("/status/404", "success", None),
        ("/status/500", "failure", None),
        ("/status/503", "failure", None),
        ("/status/429", "overload", None),
        ("/busy/7", "overload", Some(7)),
        ("/busy/Sun, 06 Nov 1994 08:50:37 GMT", "overload", Some(60)),
        ("/busy/soon", "failure", None),
    ];
    for (path, verdict, wait) in cases {
        let fixture = Fixture::new();
        let partners = fixture.protect("partners");
        let response = partners.send(fixture.client.get(server.url(path))).await.expect("answered");
        assert_eq!(fixture.ended(verdict), 1, "{path}: {verdict}");
        assert_eq!(response.url().as_str(), server.url(path).replace(' ', "%20"));
        drop(response);
        let Some(wait) = wait else { continue };
        let open = partners.send(fixture.client.get(server.url("/hello"))).await;
        let refusal = open.expect_err("the server asked to be left alone").retry_after();
        assert_eq!(refusal, Some(Duration::from_secs(wait)), "{path}");
    }
}

#[tokio::test]
async fn each_origin_has_a_count_of_its_own() {
    let (fixture, one, other) = (Fixture::new(), Server::start().await, Server::start().await);
    let hosts = fixture.protect("hosts").key(by_origin);
    let send = async |server: &Server, path| hosts.send(fixture.client.get(server.url(path))).await;
    send(&one, "/status/200").await.expect("1 of 1");
    let Err(Error::Refused(refusal)) = send(&one, "/hello").await else { panic!("2 of 1") };
    assert_eq!(refusal.kind(), RefusalKind::RateLimited);
    send(&other, "/status/200").await.expect("another origin");
    assert_eq!([one.requests(), other.requests()], [1, 1], "what is refused is not sent");
}

#[tokio::test]
async fn what_can_be_repeated_is_sent_again_with_its_body() {
    let (fixture, server) = (Fixture::new(), Server::start().await);
    let patient = fixture.protect("patient");
    let send = async |method, key: Option<&str>| {
        server.fail_next(1);
        let before = server.requests();
        let mut request = fixture.client.request(method, server.url("/echo")).body("order");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = fixture.run(patient.send(request)).await.expect("answered");
        let status = response.status().as_u16();
        let sent = server.requests() - before;
        (status, response.text().await.expect("text"), sent)
    };
    let again = (200, "order".to_owned(), 2);
    assert_eq!(send(Method::PUT, None).await, again);
    assert_eq!(send(Method::POST, Some("8e03978e")).await, again);
    let (status, _, sent) = send(Method::POST, None).await;
    assert_eq!((status, sent), (503, 1), "nothing says that it may be repeated");
    assert_eq!(fixture.running(), 0);
}

/// One chunk, as a stream.
struct Once(Option<Bytes>);

impl futures_core::Stream for Once {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

#[tokio::test]
async fn a_stream_is_sent_once() {
    let (fixture, server) = (Fixture::new(), Server::start().await);
    server.fail_next(1);
    let body = Body::wrap_stream(Once(Some(Bytes::from("order"))));
    let request = fixture.client.put(server.url("/echo")).body(body);
    let response = fixture.run(fixture.protect("patient").send(request)).await.expect("answered");
    assert_eq!((response.status().as_u16(), server.requests()), (503, 1));
    drop(response);
    assert_eq!(fixture.running(), 0);
}

#[tokio::test]
async fn a_server_that_is_away_never_got_it_so_any_request_is_sent_again() {
    let fixture = Fixture::new();
    let gone = Server::start().await.stop().await;
    let request = fixture.client.post(&gone).body("order");
    let sent = fixture.run(fixture.protect("patient").send(request)).await;
    let Err(Error::Failed(error)) = sent else { panic!("nothing listens") };
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(fixture.ended("failure"), 3);
    let invalid = fixture.protect("partners").send(fixture.client.get("no url")).await;
    assert!(matches!(invalid, Err(Error::Failed(error)) if error.is_builder()));
}

#[tokio::test]
async fn a_refused_and_a_cut_request_say_so_and_hold_nothing() {
    let (fixture, server) = (Fixture::new(), Server::start().await);
    let fragile = fixture.protect("fragile");
    let failed = fragile.send(fixture.client.get(server.url("/status/500"))).await;
    assert_eq!(failed.expect("answered").status().as_u16(), 500);
    let refused = fragile.send(fixture.client.get(server.url("/hello"))).await;
    let Err(Error::Refused(refusal)) = refused else { panic!("the circuit is open") };
    assert_eq!((refusal.kind(), server.requests()), (RefusalKind::CircuitOpen, 1));

    let partners = fixture.protect("partners");
    let hanging = tokio::spawn(partners.send(fixture.client.get(server.url("/hang"))));
    server.until_requests(2).await;
    assert_eq!(fixture.running(), 1);
    fixture.time.advance(Duration::from_secs(1));
    let cut = hanging.await.expect("no panic");
    let Err(Error::TimedOut(elapsed)) = cut else { panic!("it was cut") };
    assert_eq!(elapsed.limit(), Duration::from_secs(1));
    assert_eq!((fixture.running(), fixture.ended("failure")), (0, 1));
}

#[tokio::test]
async fn the_place_is_free_when_the_body_has_ended_and_the_response_is_as_it_was() {
    let (fixture, server) = (Fixture::new(), Server::start().await);
    let partners = fixture.protect("partners");
    let get = |path| partners.send(fixture.client.get(server.url(path)));
    let response = get("/hello").await.expect("answered");
    assert_eq!((fixture.running(), fixture.ended("success")), (1, 1));
    let Err(Error::Refused(full)) = get("/hello").await else { panic!("the place is taken") };
    assert!(full.is_full(), "{full}");
    assert_eq!(response.url().as_str(), server.url("/hello"));
    assert_eq!(response.content_length(), Some(5));
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(response.remote_addr(), Some(server.address()));
    assert_eq!(response.text().await.expect("text"), "hello");
    assert_eq!(fixture.running(), 0);
    let empty = get("/status/204").await.expect("answered");
    assert_eq!(fixture.running(), 0, "there is no body to wait for");
    let head = partners.send(fixture.client.head(server.url("/hello"))).await.expect("answered");
    assert_eq!(fixture.running(), 0, "nor after HEAD");
    drop((empty, head));
    let mut endless = get("/endless").await.expect("answered");
    endless.chunk().await.expect("a chunk");
    assert_eq!(fixture.running(), 1);
    drop(endless);
    assert_eq!(fixture.running(), 0);
}

#[tokio::test]
async fn a_timeout_of_the_client_within_the_body_is_still_one() {
    let (fixture, server) = (Fixture::new(), Server::start().await);
    let request = fixture.client.get(server.url("/stuck")).timeout(Duration::from_millis(50));
    let response = fixture.protect("partners").send(request).await.expect("headers");
    let error = response.bytes().await.expect_err("the body never ends");
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(fixture.running(), 0);
}

#[tokio::test]
async fn a_request_dropped_at_every_stage_holds_nothing() {
    let (fixture, server) = (Fixture::new(), Server::start().await);
    for protection in ["partners", "patient"] {
        let protect = fixture.protect(protection);
        let send = || Box::pin(protect.send(fixture.client.get(server.url("/hang"))));
        drop(send());
        for polls in 1..4 {
            let mut request = send();
            for _ in 0..polls {
                assert!(poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx))).await.is_pending());
                tokio::task::yield_now().await;
            }
            assert_eq!(fixture.running(), 1, "after {polls} polls");
            drop(request);
            assert_eq!(fixture.running(), 0, "dropped after {polls} polls");
        }
        let before = server.requests();
        let sent = tokio::spawn(send());
        server.until_requests(before + 1).await;
        sent.abort();
        _ = sent.await;
        assert_eq!(fixture.running(), 0, "dropped while the server works");
    }
    assert_eq!(fixture.ended("abandoned"), 8);
    assert_eq!(
        ["success", "failure", "overload", "panicked"].map(|end| fixture.ended(end)),
        [0; 4]
    );
}
