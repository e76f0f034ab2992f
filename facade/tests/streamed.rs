//! The example whose body keeps its place: dropped at every stage, it leaves nothing taken.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use seawall::breaker::CircuitBreaker;
use seawall::bulkhead::Bulkhead;
use seawall::{ConfigSource, Infrastructure, Verdict};

#[path = "../examples/streamed/streaming.rs"]
mod streaming;

struct Fixture {
    infra: Infrastructure,
    breaker: CircuitBreaker,
    bulkhead: Bulkhead,
}

impl Fixture {
    fn new() -> Self {
        let config = ConfigSource::new().toml_str(streaming::SETTINGS);
        let infra = Infrastructure::builder().config(config).build().expect("valid settings");
        let breaker = infra.component("downloads").expect("configured");
        let bulkhead = infra.component("downloads").expect("configured");
        Self { infra, breaker, bulkhead }
    }

    /// Returns the number of places that are taken.
    fn running(&self) -> u64 {
        use seawall_core::Backend;
        let status = Backend::status(&self.bulkhead, self.infra.clock().now());
        status.reading("running").expect("a reading of bulkheads")
    }

    fn ended(&self, verdict: Verdict) -> u64 {
        self.breaker.status().calls.ended(verdict)
    }
}

/// Fetches and reads a body; dropped after `polls` polls. Returns true if it was done before.
fn read(fixture: &Fixture, polls: usize, mut look: impl FnMut(usize)) -> bool {
    let handle = fixture.infra.protection("download").expect("configured");
    let mut reading = pin!(async move {
        let mut body = streaming::fetch(&handle).await.expect("admitted");
        while body.next().await.is_some() {}
    });
    for poll in 0..polls {
        if let Poll::Ready(()) = reading.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return true;
        }
        look(poll);
    }
    false
}

#[tokio::test]
async fn a_download_that_is_dropped_at_any_stage_frees_its_place_and_is_counted_once() {
    let mut stages = 0;
    loop {
        let fixture = Fixture::new();
        let done =
            read(&fixture, stages, |_| assert_eq!(fixture.running(), 1, "its place is taken"));
        assert_eq!(fixture.running(), 0, "dropped after {stages} polls");
        let (abandoned, successes) =
            (fixture.ended(Verdict::Abandoned), fixture.ended(Verdict::Success));
        // Without a poll nothing was asked; after one, the headers are still to come.
        let expected = match stages {
            0 => (0, 0),
            1 => (1, 0),
            _ => (0, 1),
        };
        assert_eq!((abandoned, successes), expected, "dropped after {stages} polls");
        if done {
            break;
        }
        stages += 1;
    }
    assert_eq!(stages, 5, "asked, headers, two chunks, the end");
}
