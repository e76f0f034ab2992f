use std::time::Duration;

use seawall_core::pool::{PoolControl, PoolState};
use seawall_core::{RefusalKind, Tick};

use crate::pool::fixture::{Fixture, HOUR, MS, answer, is_kind, options, poll};
use crate::pool::{Act, Step, Subject};

pub(in crate::pool) fn closed_pool_refuses(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    fixture.pool.close();
    fixture.pool.close();
    for lend in [fixture.lend().deadline(HOUR), fixture.lend().without_waiting()] {
        let Err(refusal) = fixture.time.block_on(lend.checkout()) else {
            panic!("a closed pool lends nothing")
        };
        is_kind(&refusal, RefusalKind::ShuttingDown, "when the pool was closed");
    }
    assert_eq!(fixture.time.now(), Tick::ZERO, "no time has passed");
    assert_eq!(fixture.status().state, PoolState::Closed, "its state");
    assert_eq!(fixture.dummy.calls(Act::Create), 0, "attempts to connect");
}

pub(in crate::pool) fn closing_refuses_running_checkouts(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 3);
    fixture.warm_up(1);
    fixture.dummy.then(Act::Check, Step::Hang).then(Act::Create, Step::Hang);
    let (checks, connects) = (fixture.waits("its check hangs"), fixture.waits("its connect hangs"));
    let held = fixture.taken("there is a third place");
    let waits = fixture.waits("there is no fourth");
    fixture.pool.close();
    for mut asking in [checks, connects, waits] {
        let Err(refusal) = answer(&mut asking, "when the pool was closed") else {
            panic!("a closed pool lends nothing")
        };
        is_kind(&refusal, RefusalKind::ShuttingDown, "when the pool was closed");
    }
    assert_eq!(fixture.dummy.alive(), [held.id()], "connections alive: the one that is lent");
}

pub(in crate::pool) fn closing_closes_idle_resources(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 3);
    fixture.warm_up(3);
    fixture.pool.close();
    let status = fixture.status();
    assert_eq!((fixture.alive(), status.size), (0, 0), "connections alive and counted: {status:?}");
}

pub(in crate::pool) fn closed_pool_keeps_nothing(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    let lent = fixture.take_all(2);
    let waits = fixture.waits("all are lent");
    fixture.pool.close();
    assert_eq!(fixture.alive(), 2, "connections alive: those that are lent");
    drop((lent, waits));
    let status = fixture.status();
    assert_eq!((fixture.alive(), status.size), (0, 0), "connections alive and counted: {status:?}");
}

pub(in crate::pool) fn last_handle_closes_idle_resources(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 11);
    fixture.warm_up(11);
    let item = fixture.item();
    let Fixture { pool, dummy, .. } = fixture;
    drop(pool);
    assert_eq!(dummy.alive(), [item.id()], "connections alive: the one that is lent");
    drop(item);
    assert_eq!(dummy.alive(), [0_u64; 0], "connections alive after it was dropped");
}

pub(in crate::pool) fn drain_waits_for_lent_resources(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    fixture.warm_up(2);
    let held = fixture.taken("two are idle");
    let mut drain = Box::pin(fixture.pool.drain(100 * MS));
    assert!(poll(&mut drain).is_pending(), "one is lent, so a drain waits");
    let Err(refusal) = fixture.take() else { panic!("a pool that is drained lends nothing") };
    is_kind(&refusal, RefusalKind::ShuttingDown, "when the pool is drained");
    fixture.time.advance(99 * MS);
    assert!(poll(&mut drain).is_pending(), "one is lent, so a drain waits");
    drop(held);
    let drained = fixture.time.block_on(drain);
    assert!(drained.is_complete(), "all came back in time; but: {drained}");
    assert_eq!(fixture.alive(), 0, "connections alive after the drain");
}

pub(in crate::pool) fn drain_reports_what_is_left(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 3);
    let mut lent = fixture.take_all(3);
    drop(lent.pop());
    let drained = fixture.time.block_on(fixture.pool.drain(100 * MS));
    assert_eq!(drained.left, 2, "how many did not come back");
    drop(lent);
    assert_eq!(fixture.alive(), 0, "connections alive after they came back all the same");
}

pub(in crate::pool) fn drain_closes_gracefully(subject: &Subject<'_>) {
    for (step, took) in [(Step::Work, Duration::ZERO), (Step::Hang, 10 * MS)] {
        let fixture = Fixture::with(subject, options(2).with_close_timeout(10 * MS));
        fixture.warm_up(2);
        let held = fixture.taken("two are idle");
        fixture.dummy.then(Act::Close, step).then(Act::Close, step);
        let mut drain = Box::pin(fixture.pool.drain(HOUR));
        assert!(poll(&mut drain).is_pending(), "one is lent, so a drain waits");
        fixture.time.advance(took);
        assert!(poll(&mut drain).is_pending(), "one is lent, so a drain waits");
        drop(held);
        let drained = fixture.time.block_on(drain);
        assert!(drained.is_complete(), "nothing is lent; but: {drained}");
        assert_eq!(fixture.dummy.calls(Act::Close), 2, "how many the manager has closed");
        assert_eq!(
            fixture.time.now(),
            Tick::ZERO + 2 * took,
            "how long that took, one after another"
        );
        assert_eq!(
            (fixture.alive(), fixture.status().size),
            (0, 0),
            "connections alive and counted"
        );
    }
}
