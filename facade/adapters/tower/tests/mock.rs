//! Requests that are dropped at each stage, told apart by a scripted service: while it becomes ready, while it
//! works, and between two attempts.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall::{ConfigSource, Error, Infrastructure};
use seawall_testkit::ManualClock;
use seawall_tower::ProtectLayer;
use tower::{Layer, Service};
use tower_test::mock::{self, Handle, Mock};

const SETTINGS: &str = r#"
    [bulkhead.inventory]
    max_concurrent = 1

    [breaker.inventory]
    consecutive_failures = 100

    [protection.inventory]
    bulkhead = "inventory"
    breaker = "inventory"
    timeout = "1s"
    attempts = 2
    idempotent = true
"#;

type Inner = Mock<&'static str, &'static str>;
type Server = Handle<&'static str, &'static str>;

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

    fn layer(&self) -> ProtectLayer<seawall::Handle> {
        ProtectLayer::new(self.infra.protection("inventory").expect("configured"))
    }

    fn reading(&self, name: &str) -> u64 {
        let status = self.infra.status("inventory").expect("configured");
        status.iter().find_map(|status| status.reading(name)).expect("counted")
    }
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The request that the service has got, if it has one.
fn received(server: &mut Server) -> Option<(&'static str, mock::SendResponse<&'static str>)> {
    match poll(pin!(server.next_request())) {
        Poll::Ready(request) => request,
        Poll::Pending => None,
    }
}

/// Drops a request at each stage of one attempt.
fn drop_at_each_stage<S>(fixture: &Fixture, mut service: S, server: &mut Server)
where
    S: Service<&'static str, Response = &'static str>,
{
    server.allow(0);
    drop(service.call("not polled"));
    assert_eq!((fixture.reading("running"), fixture.reading("abandoned")), (0, 0));
    let mut readying = Box::pin(service.call("not ready"));
    assert!(poll(readying.as_mut()).is_pending());
    assert_eq!(fixture.reading("running"), 1);
    drop(readying);
    assert_eq!((fixture.reading("running"), fixture.reading("abandoned")), (0, 1));
    assert!(received(server).is_none(), "it was never sent");

    server.allow(1);
    let mut working = Box::pin(service.call("working"));
    assert!(poll(working.as_mut()).is_pending());
    assert_eq!(received(server).expect("it was sent").0, "working");
    drop(working);
    assert_eq!((fixture.reading("running"), fixture.reading("abandoned")), (0, 2));

    server.allow(1);
    let mut answered = Box::pin(service.call("answered"));
    assert!(poll(answered.as_mut()).is_pending());
    received(server).expect("it was sent").1.send_response("answer");
    let Poll::Ready(Ok(answer)) = poll(answered.as_mut()) else { panic!("it was answered") };
    assert_eq!((answer, fixture.reading("running"), fixture.reading("success")), ("answer", 0, 1));
}

#[test]
fn a_request_dropped_at_any_stage_holds_nothing() {
    let fixture = Fixture::new();
    let (inner, mut server): (Inner, Server) = mock::pair();
    drop_at_each_stage(&fixture, fixture.layer().layer(inner), &mut server);
}

#[test]
fn a_request_that_is_attempted_again_holds_nothing_at_any_stage() {
    let fixture = Fixture::new();
    let (inner, mut server): (Inner, Server) = mock::pair();
    let mut service = fixture.layer().retries(|_: &&'static str| true).layer(inner);
    drop_at_each_stage(&fixture, &mut service, &mut server);

    server.allow(1);
    let mut failed = service.call("fails");
    assert!(poll(failed.as_mut()).is_pending());
    received(&mut server).expect("it was sent").1.send_error("scripted");
    assert!(poll(failed.as_mut()).is_pending(), "it waits for the second attempt");
    let ends = (fixture.reading("running"), fixture.reading("failure"));
    assert_eq!(ends, (0, 1), "it holds no place while it waits");
    server.allow(1);
    fixture.time.advance(Duration::from_secs(1));
    assert!(poll(failed.as_mut()).is_pending());
    let (again, response) = received(&mut server).expect("it was sent again");
    assert_eq!((again, fixture.reading("running")), ("fails", 1));
    drop((failed, response));
    assert_eq!((fixture.reading("running"), fixture.reading("abandoned")), (0, 3));
}

#[test]
fn a_service_that_is_gone_is_a_failure() {
    let fixture = Fixture::new();
    let (inner, server): (Inner, Server) = mock::pair();
    drop(server);
    let mut service = fixture.layer().layer(inner);
    let gone = fixture.time.block_on(service.call("lost"));
    assert!(matches!(gone, Err(Error::Failed(_))));
    assert_eq!((fixture.reading("running"), fixture.reading("failure")), (0, 1));
}
