//! An operation that runs by a permit keeps to the limits of its call, and gives the permit back with its
//! output.

mod shared;

use std::convert::Infallible;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall_core::{Error, OwnedPermit, RefusalKind, Topic, Verdict};
use seawall_testkit::{cancel, yield_times};

use shared::{Layers, Shared};

const MS: Duration = Duration::from_millis(1);

type Driven<T> = Result<(T, OwnedPermit<Layers>), Error<Infallible>>;

/// Enters with a timeout of 20 ms and a deadline of 50 ms, and then runs `operation`.
async fn drive<O: Future>(shared: &Shared, operation: O) -> Driven<O::Output> {
    let call = shared.handle.owned().timeout(20 * MS).deadline(50 * MS);
    let permit = call.acquire().await.map_err(Error::Refused)?;
    permit.drive(operation).await
}

#[test]
fn an_operation_that_ends_in_time_gives_its_permit_back() {
    let shared = Shared::new();
    let work = async {
        yield_times(3).await;
        7
    };
    let (output, permit) = shared.time.block_on(drive(&shared, work)).expect("in time");
    assert_eq!(output, 7);
    assert_eq!(shared.all_counts().map(|counts| counts.in_flight()), [1; 3]);
    shared.time.advance(60 * MS);
    let place = permit.report(Verdict::Success);
    assert_eq!(shared.all_counts().map(|counts| counts.in_flight()), [0, 1, 0]);
    drop(place);
    assert_eq!(shared.all_counts().map(|counts| counts.ended(Verdict::Success)), [1; 3]);
    shared.assert_closed("at the end");
}

#[test]
fn an_operation_is_cut_at_its_timeout_which_begins_at_the_first_poll() {
    let shared = Shared::new();
    let permit = shared.handle.owned().timeout(20 * MS).acquire_blocking().expect("admitted");
    shared.time.advance(30 * MS);
    let begun = shared.time.now();
    let cut = shared.time.block_on(permit.drive(pending::<()>()));
    assert!(matches!(cut, Err(Error::TimedOut(elapsed)) if elapsed.limit() == 20 * MS));
    assert_eq!(shared.time.now().since(begun), 20 * MS);
    assert_eq!(shared.all_counts().map(|counts| counts.ended(Verdict::Failure)), [1; 3]);
    assert_eq!(shared.recorder.count(Topic::BreakerExecuted), 1);
    shared.assert_closed("after the cut");
}

#[test]
fn an_operation_without_time_left_is_refused_and_counts_as_unused() {
    let shared = Shared::new();
    let permit = shared.handle.owned().deadline(20 * MS).acquire_blocking().expect("admitted");
    shared.time.advance(20 * MS);
    let refused = shared.time.block_on(permit.drive(ready(7)));
    let Err(Error::Refused(refusal)) = refused else { panic!("refused: {refused:?}") };
    assert_eq!(refusal.kind(), RefusalKind::Deadline);
    assert_eq!(shared.all_counts().map(|counts| counts.ended(Verdict::Unused)), [1; 3]);
    shared.assert_closed("after the refusal");
}

#[test]
fn a_panic_of_the_operation_counts_as_its_own() {
    let shared = Shared::new();
    let panicking = async {
        yield_times(1).await;
        panic!("scripted");
    };
    let driven = || _ = shared.time.block_on(drive(&shared, panicking));
    assert!(catch_unwind(AssertUnwindSafe(driven)).is_err());
    assert_eq!(shared.all_counts().map(|counts| counts.ended(Verdict::Panicked)), [1; 3]);
    shared.assert_closed("after the panic");
}

#[test]
fn a_call_dropped_at_any_await_holds_nothing() {
    let shared = Shared::new();
    let call = || async {
        let work = async {
            yield_times(3).await;
            7
        };
        if let Ok((_, permit)) = drive(&shared, work).await {
            permit.success();
        }
    };
    let dropped =
        cancel::at_every_await(&shared.time, call, |at| shared.assert_closed(&format!("at {at}")));
    assert!(dropped > 2, "{dropped} awaits");
    let ends = [Verdict::Abandoned, Verdict::Success];
    assert_eq!(ends.map(|end| shared.breaker.counts().ended(end) > 0), [true, true]);
}
