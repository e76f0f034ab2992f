use std::future::pending;
use std::time::Duration;

use seawall_core::pool::Pool as _;
use seawall_core::{Exit, Verdict};

use crate::pool::fixture::{Fixture, HOUR, MS, request};
use crate::pool::{Act, Connection, DummyError, Step, Subject};

pub(in crate::pool) fn ended_use_returns_the_resource(subject: &Subject<'_>) {
    let ended =
        [Verdict::Success, Verdict::Failure, Verdict::Overload, Verdict::Ignored, Verdict::Unused];
    for verdict in ended {
        let fixture = Fixture::new(subject, 2);
        let item = fixture.item();
        fixture.pool.checkin(item, &Exit::at(fixture.time.now(), verdict));
        assert_eq!(
            fixture.dummy.alive(),
            [1],
            "connections alive after a use that was {verdict:?}"
        );
        assert_eq!(fixture.taken("one is idle").id(), 1, "the one that came back is lent");
        fixture.is_whole("after a use that came to its end");
    }
}

pub(in crate::pool) fn cut_use_closes_the_resource(subject: &Subject<'_>) {
    for verdict in [Verdict::Abandoned, Verdict::Superseded, Verdict::Panicked] {
        let fixture = Fixture::new(subject, 2);
        let item = fixture.item();
        fixture.pool.checkin(item, &Exit::at(fixture.time.now(), verdict));
        assert_eq!(fixture.alive(), 0, "connections alive after a use that was {verdict:?}");
        fixture.is_whole("after a use that came to no end");
    }
    let fixture = Fixture::new(subject, 2);
    let cut = fixture.lend().deadline(MS).with(async |connection| request(connection, 1).await);
    assert!(fixture.time.block_on(cut).is_ok(), "it ends in time");
    let hangs = async |_: &mut Connection| pending::<Result<(), DummyError>>().await;
    let cut = fixture.time.block_on(fixture.lend().deadline(MS).with(hangs));
    assert!(cut.is_err_and(|error| error.is_timed_out()), "a use that hangs is cut");
    assert_eq!(fixture.alive(), 0, "connections alive after a use that was cut");
    let fixture = Fixture::new(subject, 1);
    fixture.taken("the pool is new").discard();
    assert_eq!(fixture.alive(), 0, "connections alive after one was discarded");
}

pub(in crate::pool) fn broken_resource_is_closed_on_return(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    for nth in 1..=3 {
        fixture.warm_up(2);
        fixture.dummy.then(Act::IsBroken, Step::Fail("broken"));
        drop(fixture.taken("one is idle"));
        assert_eq!(fixture.alive(), 1, "connections alive after one was broken, time {nth}");
    }
    fixture.is_whole("after some were broken");
}

pub(in crate::pool) fn reset_comes_before_reuse(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    for nth in 1..=5 {
        let lent = fixture.lend().deadline(HOUR).with(async |connection| {
            assert!(connection.is_clean(), "what is lent is clean, time {nth}");
            request(connection, 0).await
        });
        assert_eq!(fixture.time.block_on(lent).ok(), Some(1), "the same is lent again, time {nth}");
    }
    let resets = fixture.dummy.calls(Act::Reset);
    assert!((4..=5).contains(&resets), "one reset between two uses, not {resets}");
}

pub(in crate::pool) fn failed_reset_lends_another(subject: &Subject<'_>) {
    for failed in 1..=3_u32 {
        let fixture = Fixture::new(subject, 3);
        fixture.warm_up(3);
        for _ in 0..failed {
            fixture.dummy.then(Act::Reset, Step::Fail("gone away"));
        }
        // Each is reset as it comes back, or before it is lent again.
        fixture.warm_up(3);
        let lent = fixture.take_all(3);
        assert!(lent.iter().all(|lent| lent.is_clean()), "what is lent is clean");
        let made = u64::from(3 + failed);
        assert_eq!(fixture.dummy.made(), made, "connections made after {failed} failed resets");
        drop(lent);
        fixture.is_whole("after resets failed");
    }
}

pub(in crate::pool) fn failed_check_lends_another(subject: &Subject<'_>) {
    let act = Act::Check;
    for failed in 1..=4 {
        let fixture = Fixture::new(subject, 3);
        fixture.warm_up(3);
        for _ in 0..failed {
            fixture.dummy.then(act, Step::Fail("gone away"));
        }
        let lent = fixture.taken(&format!("{act} failed {failed} times, and another is to be had"));
        let alive = 3_u32.saturating_sub(failed).max(1);
        assert_eq!(fixture.alive(), alive, "connections alive after {act} failed {failed} times");
        drop(lent);
        fixture.is_whole(&format!("after {act} failed"));
    }
}

pub(in crate::pool) fn restart_leaves_a_clean_pool(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 8);
    fixture.warm_up(8);
    fixture.dummy.restart();
    let begin = fixture.time.now();
    let used = fixture.lend().with(async |connection| request(connection, 1).await);
    assert_eq!(fixture.time.block_on(used).ok(), Some(9), "the connection used, which is new");
    assert_eq!(fixture.dummy.alive(), [9], "connections alive: the dead are gone");
    assert_eq!(fixture.time.now().since(begin), Duration::ZERO, "how long that took");
    fixture.is_whole("after a restart");
}
