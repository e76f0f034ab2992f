//! A future of a call whose place is kept with its value, as a response's is.

mod shared;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use seawall_core::{Driver, Error, RefusalKind, Verdict};
use seawall_testkit::{Answer, Recorder, cancel, yield_times};

use shared::Shared;

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_value_keeps_the_place_until_that_is_dropped() {
    for (yields, observed) in [(0, false), (2, false), (0, true), (2, true)] {
        let shared = Shared::new();
        let layers = shared.handle.protection().clone();
        let driver = Driver::new().with_clock(shared.time.clock());
        let driver = match observed {
            true => driver.with_observer(Recorder::new()),
            false => driver,
        };
        let handle = driver.handle(layers);
        let call = handle.owned().run_future_held(async move {
            yield_times(yields).await;
            Ok::<_, ()>(7)
        });
        let (value, place) = shared.time.block_on(call).expect("answered");
        assert_eq!((value, shared.all_counts().map(|counts| counts.in_flight())), (7, [0, 1, 0]));
        drop(place.expect("there is a bulkhead"));
        assert_eq!(shared.all_counts().map(|counts| counts.ended(Verdict::Success)), [1; 3]);
    }
}

#[test]
fn without_a_bulkhead_there_is_no_place() {
    let shared = Shared::new();
    let driver = Driver::new().with_clock(shared.time.clock());
    let handle = driver.handle(Arc::clone(&shared.breaker));
    let call = handle.owned().run_future_held(async { Ok::<_, ()>(7) });
    let (_, place) = shared.time.block_on(call).expect("answered");
    assert!(place.is_none());
    assert_eq!(handle.reference_count(), 1, "nothing owns it any more");
    shared.assert_closed("with the value");
}

#[test]
fn a_call_that_fails_or_is_cut_keeps_no_place() {
    let shared = Shared::new();
    let fails = shared.handle.owned().run_future_held(async { Err::<(), _>("down") });
    assert!(matches!(shared.time.block_on(fails), Err(Error::Failed("down"))));
    shared.assert_closed("after an error");
    let hangs = std::future::pending::<Result<(), ()>>();
    let hangs = shared.handle.owned().timeout(MS).run_future_held(hangs);
    assert!(matches!(shared.time.block_on(hangs), Err(Error::TimedOut(_))));
    shared.assert_closed("after the timeout");
    assert_eq!(shared.bulkhead.counts().ended(Verdict::Failure), 2);
}

#[test]
fn a_call_dropped_at_any_await_keeps_no_place() {
    let shared = Shared::new();
    let awaits = cancel::at_every_await(
        &shared.time,
        || {
            shared.limiter.then(Answer::AskAfter(MS));
            shared.handle.owned().timeout(5 * MS).run_future_held(async {
                yield_times(2).await;
                Ok::<_, ()>(())
            })
        },
        |at| shared.assert_closed(&format!("dropped at await {at}")),
    );
    assert_eq!(awaits, 3, "one at the layer, and two of the operation");
}

/// An operation that notes that it is gone.
struct Operation(Arc<AtomicBool>);

impl Drop for Operation {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_refused_call_drops_its_operation_at_once() {
    for waits in [false, true] {
        let shared = Shared::new();
        if waits {
            shared.breaker.then(Answer::AskAfter(MS));
        }
        shared.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
        let gone = Arc::new(AtomicBool::new(false));
        let operation = Operation(Arc::clone(&gone));
        let call = shared.handle.owned().run_future(async move {
            let _operation = operation;
            Ok::<_, ()>(())
        });
        let mut call = Box::pin(call);
        let result = shared.time.block_on(std::future::poll_fn(|cx| call.as_mut().poll(cx)));
        assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
        assert!(gone.load(Ordering::SeqCst), "the call is over, though its future is not dropped");
        shared.assert_closed("refused");
    }
}
