//! Places: taken once, freed once, handed on in order.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use seawall_bulkhead::{Bulkhead, BulkheadOptions, RefusalKind};
use seawall_core::{Backend, Driver, Permit, Refusal, Tick, Topic};
use seawall_testkit::{ManualClock, Recorder, cancel, yield_times};

const MS: Duration = Duration::from_millis(1);

struct Bench {
    time: ManualClock,
    recorder: Recorder,
    bulkhead: Bulkhead,
}

impl Bench {
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
fn a_full_one_refuses_at_once_where_nobody_may_wait() {
    let bench = Bench::of(2, Duration::ZERO);
    let (one, other) = (bench.acquire().expect("free"), bench.acquire().expect("free"));
    let refusal = bench.acquire().expect_err("full");
    assert_eq!((refusal.kind(), refusal.limit()), (RefusalKind::BulkheadFull, Some(2)));
    assert_eq!(bench.bulkhead.status(Tick::ZERO).state, "full");
    one.success();
    assert_eq!(bench.reading("running"), 1);
    other.failure();
    assert_eq!(bench.reading("running"), 0);
    bench.acquire().expect("free again").success();
    let books = ["admitted", "refused", "success", "failure"].map(|name| bench.reading(name));
    assert_eq!(books, [3, 1, 2, 1]);
    assert_eq!(
        bench.recorder.names(),
        [
            "bulkhead.call_rejected",
            "bulkhead.call_executed",
            "bulkhead.call_executed",
            "bulkhead.call_executed"
        ]
    );
}

#[test]
fn waiting_ends_when_its_time_is_over() {
    let bench = Bench::of(1, 10 * MS);
    let _held = bench.acquire().expect("free");
    let refusal = bench.acquire().expect_err("nobody left");
    assert_eq!(refusal.kind(), RefusalKind::BulkheadTimeout);
    assert_eq!(bench.time.now(), Tick::from_millis(10));
    assert_eq!(["waiting", "gave_up", "refused"].map(|name| bench.reading(name)), [0, 0, 1]);
}

#[test]
fn the_shortest_wait_still_takes_a_free_place() {
    let bench = Bench::of(1, Duration::from_nanos(1));
    bench.acquire().expect("free").success();
}

#[test]
fn a_place_goes_to_who_came_first_and_newcomers_do_not_barge() {
    let bench = Bench::of(1, 1000 * MS);
    let held = bench.acquire().expect("free");
    let mut first = Box::pin(bench.bulkhead.protect().acquire());
    let mut second = Box::pin(bench.bulkhead.protect().acquire());
    assert!(poll(&mut first).is_none() && poll(&mut second).is_none());
    held.success();
    let mut newcomer = Box::pin(bench.bulkhead.protect().acquire());
    assert!(poll(&mut newcomer).is_none() && poll(&mut second).is_none());
    let first = poll(&mut first).expect("its turn").expect("admitted");
    assert_eq!(bench.reading("waiting"), 2);
    first.success();
    poll(&mut second).expect("its turn").expect("admitted").success();
    poll(&mut newcomer).expect("its turn").expect("admitted").success();
}

#[test]
fn a_place_that_was_handed_over_and_not_fetched_is_handed_on() {
    let bench = Bench::of(1, 1000 * MS);
    let held = bench.acquire().expect("free");
    let mut gone = Box::pin(bench.bulkhead.protect().acquire());
    let mut waits = Box::pin(bench.bulkhead.protect().acquire());
    assert!(poll(&mut gone).is_none() && poll(&mut waits).is_none());
    held.success();
    drop(gone);
    poll(&mut waits).expect("its turn").expect("admitted").success();
    assert_eq!((bench.reading("running"), bench.reading("waiting")), (0, 0));
}

#[test]
fn the_queue_is_bounded() {
    let options = BulkheadOptions::new("reports").max_concurrent(1).max_wait(MS).max_waiting(1);
    let bench = Bench::new(&options);
    let _held = bench.acquire().expect("free");
    let mut waits = Box::pin(bench.bulkhead.protect().acquire());
    assert!(poll(&mut waits).is_none());
    assert_eq!(bench.acquire().expect_err("the queue is full").kind(), RefusalKind::BulkheadFull);
    drop(waits);
    assert_eq!(bench.acquire().expect_err("in vain").kind(), RefusalKind::BulkheadTimeout);
}

#[test]
fn closing_turns_away_who_waits_and_who_comes() {
    let bench = Bench::of(1, 1000 * MS);
    let held = bench.acquire().expect("free");
    let mut waits = Box::pin(bench.bulkhead.protect().acquire());
    assert!(poll(&mut waits).is_none());
    bench.bulkhead.close();
    let refusal = poll(&mut waits).expect("answered").expect_err("closed");
    assert_eq!(refusal.kind(), RefusalKind::ShuttingDown);
    assert_eq!(bench.acquire().expect_err("closed").kind(), RefusalKind::ShuttingDown);
    held.success();
    assert_eq!(bench.bulkhead.status(Tick::ZERO).state, "closed");
}

#[test]
fn dropped_at_any_await_it_loses_no_place() {
    let bench = Bench::of(1, 1000 * MS);
    let places = cancel::at_every_await(
        &bench.time,
        || {
            let bulkhead = &bench.bulkhead;
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
        |_| assert_eq!((bench.reading("running"), bench.reading("waiting")), (0, 0)),
    );
    assert_eq!(places, 2);
    assert_eq!(bench.recorder.count(Topic::BulkheadExecuted), 3);
}

#[test]
fn a_panic_frees_the_place() {
    let bench = Bench::of(1, Duration::ZERO);
    let op = || bench.bulkhead.execute_blocking(|| -> Result<(), Infallible> { panic!("op") });
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(op)).expect_err("the panic goes on");
    bench.acquire().expect("free").success();
}

#[test]
fn one_without_places_is_an_error() {
    let error = Bulkhead::start(&BulkheadOptions::new("reports").max_concurrent(0));
    let message = error.expect_err("invalid").to_string();
    assert_eq!(message, "bulkhead `reports`: `max_concurrent` must be 1 or more");
}
