//! What observers hear.

use std::time::Duration;

use seawall_core::pool::Stage;
use seawall_core::{RefusalKind, Tick, Topic, Verdict};
use seawall_testkit::Recorded;

use crate::promises::support::{DbError, MS, Rig, Step, poll, rig};

/// The one event there was.
#[track_caller]
fn only_event(rig: &Rig) -> Recorded {
    let mut events = rig.recorder.take();
    let event = events.pop().expect("one event");
    assert_eq!(events, [], "and no other");
    assert_eq!(event.layer.to_string(), "connection pool `db`");
    event
}

#[test]
fn a_use_is_reported_with_its_duration_and_verdict() {
    let rig = rig(1);
    let clock = rig.time.clock();
    for (result, verdict) in [(Ok(()), Verdict::Success), (Err(DbError("no")), Verdict::Failure)] {
        rig.db.then(Stage::Checking, Step::Take(30 * MS));
        let work = async |_: &mut _| {
            clock.sleep_until(clock.now() + 20 * MS).await;
            result
        };
        let _ = rig.time.block_on(rig.pool.with(work, 100 * MS));
        let event = only_event(&rig);
        assert_eq!(event.topic, Topic::TransactionExecuted);
        assert_eq!((event.verdict, event.elapsed), (Some(verdict), Some(20 * MS)));
        let checked = rig.time.now() > Tick::ZERO + 20 * MS;
        assert_eq!(event.waited, Some(if checked { 30 * MS } else { Duration::ZERO }));
        assert_eq!(event.at, rig.time.now());
    }
    assert_eq!(rig.time.now(), Tick::ZERO + 70 * MS, "the first had nothing to check");
}

#[test]
fn every_end_of_a_use_is_reported_once() {
    let rig = rig(1);
    let ended = || {
        let event = only_event(&rig);
        assert_eq!(event.topic, Topic::TransactionExecuted);
        event.verdict.expect("it ended")
    };
    let hang = async |_: &mut _| std::future::pending::<Result<(), DbError>>().await;
    assert!(rig.time.block_on(rig.pool.with(hang, MS)).expect_err("cut").is_timed_out());
    assert_eq!(ended(), Verdict::Failure);

    let mut dropped = Box::pin(rig.pool.with(hang, MS));
    assert!(poll(&mut dropped).is_pending());
    drop(dropped);
    assert_eq!(ended(), Verdict::Abandoned);

    let panics = || rig.pool.with_blocking(|_| -> Result<(), DbError> { panic!("op") }, MS);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
    assert_eq!(ended(), Verdict::Panicked);

    let ignore = |_: &Result<(), DbError>| Verdict::Ignored;
    let ignored = rig.pool.lend().classify(ignore).with(async |_| Ok(()));
    rig.time.block_on(ignored).expect("done");
    assert_eq!(ended(), Verdict::Ignored);

    drop(rig.take_now().expect("idle"));
    assert_eq!(ended(), Verdict::Success);
    rig.take_now().expect("idle").discard();
    assert_eq!(ended(), Verdict::Abandoned);
}

#[test]
fn every_refusal_is_reported_once() {
    let rig = rig(1);
    let refused = || {
        rig.time.block_on(rig.pool.lend().deadline(MS).checkout()).map(drop).expect_err("refused");
        let event = only_event(&rig);
        (event.topic, event.refusal.expect("a refusal"))
    };
    rig.db.then(Stage::Connecting, Step::Fail("refused"));
    let unavailable = (Topic::ResourceUnavailable, RefusalKind::ResourceUnavailable);
    assert_eq!(refused(), unavailable);
    rig.time.advance(1000 * MS);
    rig.db.then(Stage::Connecting, Step::Take(2 * MS));
    assert_eq!(refused(), unavailable);
    rig.time.advance(MS);
    let held = rig.take_now().expect("free");
    assert_eq!(refused(), (Topic::CheckoutTimeout, RefusalKind::CheckoutTimeout));
    held.discard();
    let _ = rig.recorder.take();
    rig.pool.close();
    assert_eq!(refused(), (Topic::CheckoutRejected, RefusalKind::ShuttingDown));
    assert_eq!(rig.recorder.count(Topic::PoolFull), 0, "the queue has no end");
}
