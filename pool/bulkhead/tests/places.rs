//! Permits: what the laws of bulkheads do not say of them.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use seawall_bulkhead::{Bulkhead, BulkheadOptions, RefusalKind};
use seawall_core::{Backend, Driver, Permit, Refusal, Tick, Topic};
use seawall_testkit::{ManualClock, Recorder, cancel, yield_times};

const MS: Duration = Duration::from_millis(1);

struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    bulkhead: Bulkhead,
}

impl Fixture {
    fn new(options: &BulkheadOptions) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let bulkhead = Bulkhead::start(options).expect("valid").with_driver(driver);
        Self { time, recorder, bulkhead }
    }

    fn of(places: u32, max_wait: Duration) -> Self {
        Self::new(&BulkheadOptions::new("reports").max_concurrent(places).max_wait(max_wait))
    }

    fn acquire(&self) -> Result<Permit<'_, Bulkhead>, Refusal> {
        self.time.block_on(self.bulkhead.protect().acquire())
    }

    fn reading(&self, name: &str) -> u64 {
        self.bulkhead.status(Tick::ZERO).reading(name).expect("known")
    }
}

/// Polls once, as a task that is woken would be.
fn poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn a_full_bulkhead_refuses_at_once_if_calls_must_not_wait() {
    let fixture = Fixture::of(2, Duration::ZERO);
    let (one, other) = (fixture.acquire().expect("free"), fixture.acquire().expect("free"));
    let refusal = fixture.acquire().expect_err("full");
    assert_eq!((refusal.kind(), refusal.limit()), (RefusalKind::BulkheadFull, Some(2)));
    assert_eq!(fixture.bulkhead.status(Tick::ZERO).state, "full");
    one.success();
    assert_eq!(fixture.reading("running"), 1);
    other.failure();
    assert_eq!(fixture.reading("running"), 0);
    fixture.acquire().expect("free again").success();
    let books = ["admitted", "refused", "success", "failure"].map(|name| fixture.reading(name));
    assert_eq!(books, [3, 1, 2, 1]);
    assert_eq!(
        fixture.recorder.names(),
        [
            "bulkhead.call_rejected",
            "bulkhead.call_executed",
            "bulkhead.call_executed",
            "bulkhead.call_executed"
        ]
    );
}

#[test]
fn a_call_that_hardly_waits_still_takes_a_free_permit() {
    let fixture = Fixture::of(1, Duration::from_nanos(1));
    fixture.acquire().expect("free").success();
}

#[test]
fn the_queue_is_bounded() {
    let options = BulkheadOptions::new("reports").max_concurrent(1).max_wait(MS).max_waiting(1);
    let fixture = Fixture::new(&options);
    let _held = fixture.acquire().expect("free");
    let mut waits = Box::pin(fixture.bulkhead.protect().acquire());
    assert!(poll(&mut waits).is_none());
    assert_eq!(fixture.acquire().expect_err("the queue is full").kind(), RefusalKind::BulkheadFull);
    drop(waits);
    assert_eq!(fixture.acquire().expect_err("in vain").kind(), RefusalKind::BulkheadTimeout);
}

#[test]
fn closing_refuses_waiting_and_new_calls() {
    let fixture = Fixture::of(1, 1000 * MS);
    let held = fixture.acquire().expect("free");
    let mut waits = Box::pin(fixture.bulkhead.protect().acquire());
    assert!(poll(&mut waits).is_none());
    fixture.bulkhead.close();
    let refusal = poll(&mut waits).expect("answered").expect_err("closed");
    assert_eq!(refusal.kind(), RefusalKind::ShuttingDown);
    assert_eq!(fixture.acquire().expect_err("closed").kind(), RefusalKind::ShuttingDown);
    held.success();
    assert_eq!(fixture.bulkhead.status(Tick::ZERO).state, "closed");
}

#[test]
fn a_call_dropped_at_any_await_loses_no_permit() {
    let fixture = Fixture::of(1, 1000 * MS);
    let places = cancel::at_every_await(
        &fixture.time,
        || {
            let bulkhead = &fixture.bulkhead;
            async move {
                let inside = bulkhead.execute(async || {
                    // Waits for a place in the same bulkhead, and in vain.
                    assert!(bulkhead.protect().acquire().await.is_err());
                    yield_times(1).await;
                    Ok::<(), Infallible>(())
                });
                inside.await
            }
        },
        |_| assert_eq!((fixture.reading("running"), fixture.reading("waiting")), (0, 0)),
    );
    assert_eq!(places, 2);
    assert_eq!(fixture.recorder.count(Topic::BulkheadExecuted), 3);
}
