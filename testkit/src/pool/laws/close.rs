use std::time::Duration;

use seawall_core::pool::{PoolControl, PoolState};
use seawall_core::{RefusalKind, Tick};

use crate::pool::bench::{Bench, HOUR, MS, answer, is_kind, options, poll};
use crate::pool::{Act, Step, Subject};

pub(in crate::pool) fn closed_pool_refuses(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 2);
    bench.pool.close();
    bench.pool.close();
    for lend in [bench.lend().deadline(HOUR), bench.lend().without_waiting()] {
        let Err(refusal) = bench.time.block_on(lend.checkout()) else {
            panic!("a closed pool lends nothing")
        };
        is_kind(&refusal, RefusalKind::ShuttingDown, "when the pool was closed");
    }
    assert_eq!(bench.time.now(), Tick::ZERO, "no time has passed");
    assert_eq!(bench.status().state, PoolState::Closed, "its state");
    assert_eq!(bench.dummy.calls(Act::Create), 0, "attempts to connect");
}

pub(in crate::pool) fn closing_sends_away_who_is_under_way(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 3);
    bench.warm_up(1);
    bench.dummy.then(Act::Check, Step::Hang).then(Act::Create, Step::Hang);
    let (checks, connects) = (bench.waits("its check hangs"), bench.waits("its connect hangs"));
    let held = bench.taken("there is a third place");
    let waits = bench.waits("there is no fourth");
    bench.pool.close();
    for mut asking in [checks, connects, waits] {
        let Err(refusal) = answer(&mut asking, "when the pool was closed") else {
            panic!("a closed pool lends nothing")
        };
        is_kind(&refusal, RefusalKind::ShuttingDown, "when the pool was closed");
    }
    assert_eq!(bench.dummy.alive(), [held.id()], "connections alive: the one that is lent");
}

pub(in crate::pool) fn closing_closes_what_is_idle(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 3);
    bench.warm_up(3);
    bench.pool.close();
    let status = bench.status();
    assert_eq!((bench.alive(), status.size), (0, 0), "connections alive and counted: {status:?}");
}

pub(in crate::pool) fn closed_pool_keeps_nothing(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 2);
    let lent = bench.take_all(2);
    let waits = bench.waits("all are lent");
    bench.pool.close();
    assert_eq!(bench.alive(), 2, "connections alive: those that are lent");
    drop((lent, waits));
    let status = bench.status();
    assert_eq!((bench.alive(), status.size), (0, 0), "connections alive and counted: {status:?}");
}

pub(in crate::pool) fn last_handle_closes_what_is_idle(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 11);
    bench.warm_up(11);
    let item = bench.item();
    let Bench { pool, dummy, .. } = bench;
    drop(pool);
    assert_eq!(dummy.alive(), [item.id()], "connections alive: the one that is lent");
    drop(item);
    assert_eq!(dummy.alive(), [0_u64; 0], "connections alive after it was dropped");
}

pub(in crate::pool) fn drain_waits_for_what_is_lent(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 2);
    bench.warm_up(2);
    let held = bench.taken("two are idle");
    let mut drain = Box::pin(bench.pool.drain(100 * MS));
    assert!(poll(&mut drain).is_pending(), "one is lent, so a drain waits");
    let Err(refusal) = bench.take() else { panic!("a pool that is drained lends nothing") };
    is_kind(&refusal, RefusalKind::ShuttingDown, "when the pool is drained");
    bench.time.advance(99 * MS);
    assert!(poll(&mut drain).is_pending(), "one is lent, so a drain waits");
    drop(held);
    let drained = bench.time.block_on(drain);
    assert!(drained.is_complete(), "all came back in time; but: {drained}");
    assert_eq!(bench.alive(), 0, "connections alive after the drain");
}

pub(in crate::pool) fn drain_says_what_is_left(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 3);
    let mut lent = bench.take_all(3);
    drop(lent.pop());
    let drained = bench.time.block_on(bench.pool.drain(100 * MS));
    assert_eq!(drained.left, 2, "how many did not come back");
    drop(lent);
    assert_eq!(bench.alive(), 0, "connections alive after they came back all the same");
}

pub(in crate::pool) fn drain_takes_leave(subject: &Subject<'_>) {
    for (step, took) in [(Step::Work, Duration::ZERO), (Step::Hang, 10 * MS)] {
        let bench = Bench::with(subject, options(2).with_close_timeout(10 * MS));
        bench.warm_up(2);
        let held = bench.taken("two are idle");
        bench.dummy.then(Act::Close, step).then(Act::Close, step);
        let mut drain = Box::pin(bench.pool.drain(HOUR));
        assert!(poll(&mut drain).is_pending(), "one is lent, so a drain waits");
        bench.time.advance(took);
        assert!(poll(&mut drain).is_pending(), "one is lent, so a drain waits");
        drop(held);
        let drained = bench.time.block_on(drain);
        assert!(drained.is_complete(), "nothing is lent; but: {drained}");
        assert_eq!(bench.dummy.calls(Act::Close), 2, "how many the manager has closed");
        assert_eq!(
            bench.time.now(),
            Tick::ZERO + 2 * took,
            "how long that took, one after another"
        );
        assert_eq!((bench.alive(), bench.status().size), (0, 0), "connections alive and counted");
    }
}
