use std::future::pending;
use std::time::Duration;

use seawall_core::pool::Pool as _;
use seawall_core::{Exit, Verdict};

use crate::pool::bench::{Bench, HOUR, MS, request};
use crate::pool::{Act, Connection, DummyError, Step, Subject};

pub(in crate::pool) fn ended_use_gives_back(subject: &Subject<'_>) {
    let ended =
        [Verdict::Success, Verdict::Failure, Verdict::Overload, Verdict::Ignored, Verdict::Unused];
    for verdict in ended {
        let bench = Bench::new(subject, 2);
        let item = bench.item();
        bench.pool.checkin(item, &Exit::at(bench.time.now(), verdict));
        assert_eq!(bench.dummy.alive(), [1], "connections alive after a use that was {verdict:?}");
        assert_eq!(bench.taken("one is idle").id(), 1, "the one that came back is lent");
        bench.is_whole("after a use that came to its end");
    }
}

pub(in crate::pool) fn unended_use_closes(subject: &Subject<'_>) {
    for verdict in [Verdict::Abandoned, Verdict::Superseded, Verdict::Panicked] {
        let bench = Bench::new(subject, 2);
        let item = bench.item();
        bench.pool.checkin(item, &Exit::at(bench.time.now(), verdict));
        assert_eq!(bench.alive(), 0, "connections alive after a use that was {verdict:?}");
        bench.is_whole("after a use that came to no end");
    }
    let bench = Bench::new(subject, 2);
    let cut =
        bench.lend().deadline(MS).transaction(async |connection| request(connection, 1).await);
    assert!(bench.time.block_on(cut).is_ok(), "it ends in time");
    let hangs = async |_: &mut Connection| pending::<Result<(), DummyError>>().await;
    let cut = bench.time.block_on(bench.lend().deadline(MS).transaction(hangs));
    assert!(cut.is_err_and(|error| error.is_timed_out()), "a use that hangs is cut");
    assert_eq!(bench.alive(), 0, "connections alive after a use that was cut");
    let bench = Bench::new(subject, 1);
    bench.taken("the pool is new").discard();
    assert_eq!(bench.alive(), 0, "connections alive after one was discarded");
}

pub(in crate::pool) fn broken_is_closed_as_it_comes_back(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 2);
    for nth in 1..=3 {
        bench.warm_up(2);
        bench.dummy.then(Act::IsBroken, Step::Fail("broken"));
        drop(bench.taken("one is idle"));
        assert_eq!(bench.alive(), 1, "connections alive after one was broken, time {nth}");
    }
    bench.is_whole("after some were broken");
}

pub(in crate::pool) fn reset_comes_before_reuse(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 1);
    for nth in 1..=5 {
        let lent = bench.lend().deadline(HOUR).transaction(async |connection| {
            assert!(connection.is_clean(), "what is lent is clean, time {nth}");
            request(connection, 0).await
        });
        assert_eq!(bench.time.block_on(lent).ok(), Some(1), "the same is lent again, time {nth}");
    }
    let resets = bench.dummy.calls(Act::Reset);
    assert_eq!(resets, 4, "resets, one before each use but the first");
}

pub(in crate::pool) fn failed_check_lends_another(subject: &Subject<'_>) {
    renewing(subject, Act::Check);
}

pub(in crate::pool) fn failed_reset_lends_another(subject: &Subject<'_>) {
    renewing(subject, Act::Reset);
}

fn renewing(subject: &Subject<'_>, act: Act) {
    for failed in 1..=4 {
        let bench = Bench::new(subject, 3);
        bench.warm_up(3);
        for _ in 0..failed {
            bench.dummy.then(act, Step::Fail("gone away"));
        }
        let lent = bench.taken(&format!("{act} failed {failed} times, and another is to be had"));
        let alive = 3_u32.saturating_sub(failed).max(1);
        assert_eq!(bench.alive(), alive, "connections alive after {act} failed {failed} times");
        drop(lent);
        bench.is_whole(&format!("after {act} failed"));
    }
}

pub(in crate::pool) fn restart_leaves_a_clean_pool(subject: &Subject<'_>) {
    let bench = Bench::new(subject, 8);
    bench.warm_up(8);
    bench.dummy.restart();
    let begin = bench.time.now();
    let used = bench.lend().transaction(async |connection| request(connection, 1).await);
    assert_eq!(bench.time.block_on(used).ok(), Some(9), "the connection used, which is new");
    assert_eq!(bench.dummy.alive(), [9], "connections alive: the dead are gone");
    assert_eq!(bench.time.now().since(begin), Duration::ZERO, "how long that took");
    bench.is_whole("after a restart");
}
