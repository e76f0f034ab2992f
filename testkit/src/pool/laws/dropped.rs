use seawall_core::pool::PoolControl;

use crate::cancel;
use crate::pool::fixture::{Fixture, HOUR, MS, options, poll, request, served};
use crate::pool::{Act, Step, Subject};

pub(in crate::pool) fn dropped_wait_frees_its_permit(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    let held = fixture.taken("the pool is new");
    let (first, mut second) = (fixture.waits("it is lent"), fixture.waits("it is lent"));
    assert_eq!(fixture.status().waiting, 2, "checkouts that wait");
    drop(fixture.waits("it is lent"));
    assert_eq!(fixture.status().waiting, 2, "checkouts that wait, when one has gone");
    drop(held);
    drop(first);
    let lent = served(&mut second, "when the waiter that got the permit has gone");
    drop((lent, second));
    fixture.is_whole("after a wait was dropped");
}

pub(in crate::pool) fn dropped_connect_frees_its_permit(subject: &Subject<'_>) {
    for awaits in 1..=3 {
        let fixture = Fixture::new(subject, 2);
        fixture.dummy.then(Act::Create, Step::Yield(3));
        let mut asking = Box::pin(fixture.lend().deadline(HOUR).checkout());
        for _ in 0..awaits {
            assert!(poll(&mut asking).is_pending(), "it connects");
        }
        assert_eq!(fixture.status().connecting, 1, "connects under way");
        drop(asking);
        assert_eq!(fixture.status().failed_connects, 0, "a dropped connect is not a failed one");
        fixture.is_whole("after a connect was dropped");
    }
}

pub(in crate::pool) fn dropped_reset_frees_its_permit(subject: &Subject<'_>) {
    for awaits in 1..=3 {
        let fixture = Fixture::new(subject, 1);
        fixture.warm_up(1);
        fixture.dummy.then(Act::Reset, Step::Yield(5));
        // It is reset as it comes back, or before it is lent again.
        fixture.warm_up(1);
        let mut asking = Box::pin(fixture.lend().deadline(HOUR).checkout());
        for _ in 0..awaits {
            assert!(poll(&mut asking).is_pending(), "reset is under way");
        }
        drop(asking);
        fixture.is_whole("after a reset was dropped");
    }
}

pub(in crate::pool) fn dropped_check_frees_its_permit(subject: &Subject<'_>) {
    let act = Act::Check;
    let fixture = Fixture::new(subject, 2);
    for awaits in 1..=3_u64 {
        fixture.warm_up(2);
        fixture.dummy.then(act, Step::Yield(3));
        let mut asking = Box::pin(fixture.lend().deadline(HOUR).checkout());
        for _ in 0..awaits {
            assert!(poll(&mut asking).is_pending(), "{act} is under way");
        }
        drop(asking);
        assert_eq!(fixture.alive(), 1, "connections alive after {act} was dropped");
        let cut = fixture.status().closed.cut_check;
        assert_eq!(cut, awaits, "connections closed since {act} was dropped");
        fixture.is_whole(&format!("after {act} was dropped"));
    }
}

pub(in crate::pool) fn dropped_use_frees_its_permit(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    let places = cancel::at_every_await(
        &fixture.time,
        || {
            fixture.warm_up(2);
            fixture.lend().deadline(HOUR).with(async |connection| request(connection, 3).await)
        },
        |awaits| {
            let alive = if awaits < 3 { 1 } else { 2 };
            assert_eq!(
                fixture.alive(),
                alive,
                "connections alive after a use with {awaits} awaits"
            );
            fixture.is_whole("after a use was dropped");
        },
    );
    assert_eq!(places, 3, "in how many places a use of something idle lets go");
}

pub(in crate::pool) fn dropped_maintain_frees_its_permit(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(3).with_min_idle(1).with_max_lifetime(10 * MS));
    for awaits in 1..=12 {
        fixture.warm_up(3);
        fixture.time.advance(10 * MS);
        fixture.dummy.then(Act::Close, Step::Yield(1)).then(Act::Close, Step::Yield(1));
        fixture.dummy.then(Act::Close, Step::Yield(1)).then(Act::Create, Step::Yield(4));
        let mut work = Box::pin(fixture.pool.maintain());
        for _ in 0..awaits {
            assert!(poll(&mut work).is_pending(), "background work goes on");
        }
        drop(work);
        fixture.is_whole(&format!("after background work was dropped at its await {awaits}"));
    }
}

pub(in crate::pool) fn dropped_drain_leaves_a_closed_pool(subject: &Subject<'_>) {
    for awaits in 1..=3 {
        let fixture = Fixture::new(subject, 3);
        let lent = fixture.take_all(3);
        let mut lent = lent.into_iter();
        drop(lent.next());
        fixture.dummy.then(Act::Close, Step::Yield(1)).then(Act::Close, Step::Yield(1));
        let mut drain = Box::pin(fixture.pool.drain(HOUR));
        for _ in 0..awaits {
            assert!(poll(&mut drain).is_pending(), "some are lent");
        }
        drop(lent.next());
        drop(drain);
        assert_eq!(fixture.alive(), 1, "connections alive: the one that is lent");
        drop(lent);
        assert_eq!((fixture.alive(), fixture.status().size), (0, 0), "alive and counted");
        assert_eq!(fixture.status().closed.total(), 3, "connections that were closed");
    }
}
