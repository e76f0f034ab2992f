//! Services under a protection: when calls begin and end, what their callers get, and what stays held.

use std::convert::Infallible;
use std::future::{Ready, pending, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use seawall::{
    BoxError, ConfigSource, Elapsed, Error, Infrastructure, Refusal, RefusalKind, Verdict,
};
use seawall_testkit::{ManualClock, cancel, yield_times};
use seawall_tower::ProtectLayer;
use tower::{Layer, Service, ServiceExt, service_fn};

const SETTINGS: &str = r#"
    [rate_limit.hosts]
    limit = 3
    period = "1h"

    [bulkhead.inventory]
    max_concurrent = 2

    [breaker.inventory]
    consecutive_failures = 3

    [protection.hosts]
    rate_limit = "hosts"

    [protection.stubborn]
    bulkhead = "inventory"
    attempts = 2
    idempotent = false

    [protection.patient]
    bulkhead = "inventory"
    breaker = "inventory"
    attempts = 2
    idempotent = false

    [protection.inventory]
    bulkhead = "inventory"
    breaker = "inventory"
    timeout = "1s"
"#;

struct Fixture {
    time: ManualClock,
    infra: Infrastructure,
}

impl Fixture {
    fn new() -> Self {
        let time = ManualClock::new();
        let settings = ConfigSource::new().toml_str(SETTINGS);
        let builder = Infrastructure::builder().config(settings).clock(time.clock());
        Self { time, infra: builder.build().expect("valid settings") }
    }

    fn layer(&self, name: &str) -> ProtectLayer<seawall::Handle> {
        ProtectLayer::new(self.infra.protection(name).expect("configured"))
    }

    /// A reading of the status of a component of the protection `inventory`.
    fn reading(&self, layer: usize, name: &str) -> u64 {
        let status = self.infra.status("inventory").expect("configured").remove(layer);
        status.reading(name).unwrap_or_else(|| panic!("no {name} in {status:?}"))
    }

    fn running(&self) -> u64 {
        self.reading(0, "running")
    }
}

/// Sends a request to a service that was just made.
async fn send<S: Service<R>, R>(service: S, request: R) -> Result<S::Response, S::Error> {
    service.oneshot(request).await
}

fn get(host: &str) -> Request<()> {
    Request::get(format!("http://{host}/")).body(()).expect("a request")
}

#[test]
fn requests_are_counted_by_key_and_cost_and_all_services_of_a_layer_share_the_limit() {
    let fixture = Fixture::new();
    let layer = fixture
        .layer("hosts")
        .key(|request: &Request<()>| request.uri().host().unwrap_or_default().to_owned())
        .cost(|request: &Request<()>| if request.uri().path() == "/" { 2 } else { 1 });
    let echo = service_fn(|request: Request<()>| ready(Ok::<_, Infallible>(request.uri().clone())));
    fixture.time.block_on(async {
        send(layer.layer(echo), get("a")).await.expect("2 of 3");
        let Err(Error::Refused(refusal)) = send(layer.layer(echo), get("a")).await else {
            panic!("4 of 3")
        };
        assert_eq!(refusal.kind(), RefusalKind::RateLimited);
        send(layer.layer(echo), get("b")).await.expect("another host");
    });
}

/// A service that is never ready, fails to become ready, or is ready once.
#[derive(Clone)]
struct Readiness {
    is_ready: fn() -> Poll<Result<(), io::Error>>,
    calls: Arc<AtomicUsize>,
}

impl Service<()> for Readiness {
    type Response = ();
    type Error = io::Error;
    type Future = Ready<Result<(), io::Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        (self.is_ready)()
    }

    fn call(&mut self, (): ()) -> Self::Future {
        self.calls.fetch_add(1, Relaxed);
        ready(Ok(()))
    }
}

#[test]
fn the_inner_service_becomes_ready_within_the_call_and_its_time() {
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory");
    let calls = Arc::new(AtomicUsize::new(0));
    let service = |is_ready| layer.layer(Readiness { is_ready, calls: Arc::clone(&calls) });
    fixture.time.block_on(async {
        let stuck = send(service(|| Poll::Pending), ()).await;
        assert!(matches!(stuck, Err(Error::TimedOut(elapsed)) if elapsed.limit().as_secs() == 1));
        for _ in 0..2 {
            let broken = send(service(|| Poll::Ready(Err(io::Error::other("broken")))), ()).await;
            assert!(matches!(broken, Err(Error::Failed(_))));
        }
        let open = send(service(|| Poll::Pending), ()).await.expect_err("three failures");
        assert!(open.refusal().is_some_and(Refusal::is_circuit_open), "{open}");
    });
    assert_eq!(calls.load(Relaxed), 0);
    assert_eq!(fixture.running(), 0);
}

#[test]
fn an_idle_service_that_was_made_ready_holds_no_place() {
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory");
    let mut service = layer.layer(service_fn(|(): ()| ready(Ok::<_, Infallible>(()))));
    let mut cx = Context::from_waker(std::task::Waker::noop());
    for _ in 0..3 {
        assert!(Service::<()>::poll_ready(&mut service, &mut cx).is_ready());
    }
    let unpolled = [service.call(()), service.call(()), service.call(())];
    assert_eq!(fixture.running(), 0);
    drop(unpolled);
}

#[test]
fn a_request_dropped_at_any_await_holds_nothing() {
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory");
    let slow = service_fn(async |(): ()| {
        yield_times(3).await;
        Ok::<_, Infallible>(())
    });
    let awaits = cancel::at_every_await(
        &fixture.time,
        || send(layer.layer(slow), ()),
        |at| assert_eq!(fixture.running(), 0, "dropped at await {at}"),
    );
    assert!(awaits > 2, "{awaits}");
}

#[test]
fn a_panic_of_the_service_is_its_own() {
    let fixture = Fixture::new();
    let service = fixture
        .layer("inventory")
        .layer(service_fn(|(): ()| -> Ready<Result<(), ()>> { panic!("scripted") }));
    let sent = || _ = fixture.time.block_on(send(service, ()));
    assert!(catch_unwind(AssertUnwindSafe(sent)).is_err());
    assert_eq!(fixture.running(), 0);
    assert_eq!(fixture.reading(1, "panicked"), 1);
}

fn respond<B: Clone + Send>(
    status: u16,
    body: B,
) -> impl Service<Request<()>, Response = Response<B>, Error = io::Error, Future: Send> + Clone {
    service_fn(move |_request| {
        let response = Response::builder().status(status).body(body.clone());
        ready(Ok(response.expect("a response")))
    })
}

#[test]
fn a_place_is_free_when_the_body_has_ended_and_the_verdict_is_known_before() {
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory").http();
    let service = layer.layer(respond(503, Full::new(Bytes::from("busy"))));
    fixture.time.block_on(async {
        let read = send(service.clone(), get("a")).await.expect("admitted");
        let dropped = send(service.clone(), get("a")).await.expect("admitted");
        assert_eq!((fixture.running(), fixture.reading(1, "failure")), (2, 2));
        let full = send(service.clone(), get("a")).await.expect_err("both places are taken");
        assert!(full.refusal().is_some_and(Refusal::is_full), "{full}");
        assert_eq!(dropped.body().size_hint().exact(), Some(4));
        drop(dropped);
        assert_eq!(fixture.running(), 1);
        let body = read.into_body().collect().await.expect("read").to_bytes();
        assert_eq!((&body[..], fixture.running()), (&b"busy"[..], 0));
    });
}

#[test]
fn an_empty_body_and_one_that_fails_free_the_place() {
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory").http();
    fixture.time.block_on(async {
        let empty = layer.layer(respond(204, Empty::<Bytes>::new()));
        let kept = send(empty, get("a")).await.expect("admitted");
        assert_eq!(fixture.running(), 0);
        drop(kept);
        let broken = layer.layer(service_fn(|_: Request<()>| {
            let frames = [Ok(http_body::Frame::data(Bytes::from("a"))), Err("broken")];
            let body = StreamBody::new(Frames(frames.into_iter()));
            ready(Ok::<_, Infallible>(Response::new(body)))
        }));
        let mut body = send(broken, get("a")).await.expect("admitted").into_body();
        assert!(body.frame().await.expect("a frame").is_ok());
        assert_eq!(fixture.running(), 1);
        assert!(body.frame().await.expect("an error").is_err());
        assert_eq!(fixture.running(), 0, "it is there, and its place is free");
        drop(body);
    });
}

/// The frames of an iterator.
struct Frames<I>(I);

type Frame = Result<http_body::Frame<Bytes>, &'static str>;

impl<I: Iterator<Item = Frame> + Unpin> Stream for Frames<I> {
    type Item = Frame;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        Poll::Ready(self.0.next())
    }
}

#[test]
fn a_place_can_be_free_at_the_headers() {
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory").http().until_headers();
    let service = layer.layer(respond(200, Full::new(Bytes::from("events"))));
    fixture.time.block_on(async {
        let response = send(service, get("a")).await.expect("admitted");
        assert_eq!((fixture.running(), fixture.reading(1, "success")), (0, 1));
        drop(response);
    });
}

#[test]
fn errors_are_boxed_as_they_are() {
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory").boxed();
    let error = async |service| send::<_, ()>(service, ()).await.expect_err("an error");
    fixture.time.block_on(async {
        let failing = service_fn(|(): ()| ready(Err::<(), BoxError>("broken".into())));
        assert_eq!(error(layer.layer(failing)).await.to_string(), "broken");
        let hanging = layer.layer(service_fn(|(): ()| pending::<Result<(), BoxError>>()));
        let cut: BoxError = send(hanging.clone(), ()).await.expect_err("cut");
        assert!(cut.is::<Elapsed>(), "{cut}");
        _ = send(hanging.clone(), ()).await;
        let refused: BoxError = send(hanging, ()).await.expect_err("open");
        assert!(refused.is::<Refusal>(), "{refused}");
    });
}

#[test]
fn refusals_can_be_responses_and_leave_the_error_alone() {
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory").http().respond_with(|error: Error<Infallible>| {
        let mut response = Response::new(Full::new(Bytes::from(error.to_string())));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
    });
    let hanging = layer
        .layer(service_fn(|_: Request<()>| pending::<Result<Response<Full<Bytes>>, Infallible>>()));
    fixture.time.block_on(async {
        let response = send(hanging, get("a")).await.expect("infallible");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = response.into_body().collect().await.expect("read").to_bytes();
        assert_eq!(&body[..], b"the call through protection `inventory` was cut after 1.0 s");
    });
    assert_eq!(fixture.running(), 0);
}

#[test]
fn a_classifier_of_ones_own_sees_the_result() {
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory").classify(|result: &Result<u8, &str>| match result {
        Ok(0) | Err(_) => Verdict::Ignored,
        Ok(_) => Verdict::Success,
    });
    let service = layer.layer(service_fn(|number: u8| ready(Ok::<_, &str>(number))));
    fixture.time.block_on(async {
        for number in [0, 1, 0] {
            assert_eq!(send(service.clone(), number).await.expect("admitted"), number);
        }
    });
    assert_eq!((fixture.reading(1, "ignored"), fixture.reading(1, "success")), (2, 1));
}

#[test]
fn the_future_of_a_request_can_be_spawned() {
    fn is_static<F: Send + 'static>(future: F) -> F {
        future
    }
    let fixture = Fixture::new();
    let layer = fixture.layer("inventory").http();
    let service = layer.layer(respond(200, Full::new(Bytes::new())));
    let sent = is_static(service.oneshot(get("a")));
    let response = fixture.time.block_on(sent).expect("admitted");
    assert_eq!(response.status(), StatusCode::OK);
}

/// A service that fails at first, after a wait, and then answers.
fn fails_once(
    status: u16,
) -> impl Service<Request<()>, Response = Response<Full<Bytes>>, Error = io::Error, Future: Send>
+ Clone
+ Sync {
    let calls = Arc::new(AtomicUsize::new(0));
    service_fn(move |_request| {
        let first = calls.fetch_add(1, Relaxed) == 0;
        async move {
            yield_times(2).await;
            let response = Response::builder().status(if first { status } else { 200 });
            Ok(response.body(Full::new(Bytes::from("body"))).expect("a response"))
        }
    })
}

fn is_idempotent(request: &Request<()>) -> bool {
    seawall_http::is_idempotent(request.method(), request.headers())
}

#[test]
fn requests_that_may_be_repeated_are_attempted_again_and_keep_one_place() {
    let fixture = Fixture::new();
    let layer = fixture.layer("patient").http().retries(is_idempotent);
    let service = layer.layer(fails_once(503));
    fixture.time.block_on(async {
        let response = send(service, get("a")).await.expect("answered");
        assert_eq!((response.status(), fixture.running()), (StatusCode::OK, 1));
        assert_eq!((fixture.reading(1, "failure"), fixture.reading(1, "success")), (1, 1));
        response.into_body().collect().await.expect("read");
        assert_eq!(fixture.running(), 0);
        let post = Request::post("http://a/").body(()).expect("a request");
        let once = send(layer.layer(fails_once(503)), post).await.expect("answered");
        assert_eq!(once.status(), StatusCode::SERVICE_UNAVAILABLE);
    });
}

#[test]
fn a_request_that_is_attempted_again_and_dropped_at_any_await_holds_nothing() {
    let fixture = Fixture::new();
    let layer = fixture.layer("stubborn").http().retries(is_idempotent);
    let awaits = cancel::at_every_await(
        &fixture.time,
        || send(layer.layer(fails_once(503)), get("a")),
        |at| assert_eq!(fixture.running(), 0, "dropped at await {at}"),
    );
    assert!(awaits > 4, "{awaits}");
}
