use seawall_core::pool::{Pool as _, PoolControl, PoolState};

use crate::law::assert_same;
use crate::pool::fixture::{Fixture, HOUR, MS, options, served};
use crate::pool::play::{Play, SEEDS};
use crate::pool::{Act, Step, Subject};

pub(in crate::pool) fn status_counts_by_state(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 4);
    fixture.warm_up(2);
    fixture.dummy.then(Act::Check, Step::Hang).then(Act::Create, Step::Hang);
    let checks = fixture.waits("its check hangs");
    let lent = fixture.taken("another is idle");
    let connects = fixture.waits("its connect hangs");
    let more = fixture.taken("there is a fourth place");
    let waits = [fixture.waits("all are taken"), fixture.waits("all are taken")];
    let status = fixture.status();
    assert_eq!((status.borrowed, status.idle, status.size), (3, 0, 3), "{status:?}");
    assert_eq!((status.connecting, status.waiting, status.max), (1, 2, 4), "{status:?}");
    drop((checks, connects, more, lent));
    drop(waits);
    let status = fixture.status();
    assert_eq!((status.borrowed, status.idle, status.size), (0, 2, 2), "{status:?}");
    assert_eq!((status.waiting, status.created), (0, 3), "{status:?}");
}

pub(in crate::pool) fn status_is_degraded_until_connected(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 2);
    let is = |state, when: &str| assert_eq!(fixture.status().state, state, "its state {when}");
    is(PoolState::Degraded, "before it has connected");
    let held = fixture.taken("the pool is new");
    is(PoolState::Ready, "once it has connected");
    fixture.dummy.then(Act::Create, Step::Fail("refused"));
    assert!(fixture.take().is_err(), "connecting failed");
    fixture.pause();
    is(PoolState::Degraded, "when connecting has failed");
    drop(held);
    let held = fixture.taken("what is idle is lent");
    is(PoolState::Degraded, "without a connect since");
    drop(fixture.taken("connecting works"));
    is(PoolState::Ready, "when connecting has worked again");
    drop(held);
    fixture.pool.close();
    is(PoolState::Closed, "when it was closed");
}

pub(in crate::pool) fn closed_resources_are_counted_by_reason(subject: &Subject<'_>) {
    let ages = options(2).with_max_lifetime(100 * MS).with_max_idle_time(50 * MS);
    let fixture = Fixture::with(subject, ages.with_check_timeout(10 * MS));
    let fresh = || fixture.warm_up(2);
    fresh();
    fixture.dummy.then(Act::IsBroken, Step::Fail("broken"));
    fixture.warm_up(1);
    fixture.dummy.then(Act::Check, Step::Fail("gone away"));
    fixture.warm_up(1);
    fixture.taken("one can be made").discard();
    fixture.warm_up(1);
    fixture.dummy.then(Act::Check, Step::Hang);
    let lent = fixture.time.block_on(fixture.lend().checkout());
    drop(lent.expect("there is time to connect anew"));
    fixture.warm_up(1);
    fixture.time.advance(50 * MS);
    fixture.warm_up(1);
    fixture.time.advance(49 * MS);
    fixture.warm_up(1);
    fixture.time.advance(49 * MS);
    fixture.warm_up(1);
    fixture.time.advance(2 * MS);
    fixture.warm_up(1);
    fresh();
    fixture.resize(1);
    fixture.pool.close();
    let closed = fixture.status().closed;
    assert_eq!((closed.broken, closed.failed_check, closed.abandoned), (1, 1, 1), "{closed:?}");
    assert_eq!((closed.cut_check, closed.suspect), (1, 0), "{closed:?}");
    assert_eq!((closed.idle_too_long, closed.too_old), (1, 1), "{closed:?}");
    assert_eq!((closed.surplus, closed.shut_down), (1, 1), "{closed:?}");
    assert_eq!(closed.total(), fixture.dummy.made(), "all that were made are closed");
}

pub(in crate::pool) fn waits_are_counted(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject, 1);
    drop(fixture.taken("the pool is new"));
    assert_eq!(fixture.status().waits.count, 0, "waits, when there was a place at once");
    for wait in [30, 50, 20] {
        let held = fixture.taken("it is idle");
        let mut waits = fixture.waits("it is lent");
        fixture.time.advance(wait * MS);
        drop(held);
        drop(served(&mut waits, "when it came back"));
    }
    let held = fixture.taken("it is idle");
    fixture.refused_after(5 * MS, 5 * MS);
    drop(held);
    let waits = fixture.status().waits;
    assert_eq!(waits.count, 4, "waits that came to a place, and one that did not: {waits:?}");
    assert_eq!((waits.total, waits.longest), (105 * MS, 50 * MS), "how long: {waits:?}");
}

pub(in crate::pool) fn readings_equal_the_status(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::with(subject, options(3).with_max_overflow(1));
        let mut play = Play::new(&fixture, seed);
        for _ in 0..60 {
            play.step();
            let readings = fixture.pool.status(fixture.time.now());
            let status = fixture.status().to_status(fixture.pool.layer());
            assert_eq!(readings.state, status.state, "the state: {readings}");
            assert_eq!(readings.readings, status.readings, "the readings: {readings}");
        }
    }
}

pub(in crate::pool) fn status_changes_nothing(subject: &Subject<'_>) {
    for seed in SEEDS {
        let plays = [false, true].map(|looks| {
            let fixture = Fixture::with(subject, options(3).with_max_idle_time(30 * MS));
            let mut play = Play::new(&fixture, seed);
            for _ in 0..150 {
                play.step();
                if looks {
                    let _status = fixture.pool.status(fixture.time.now());
                }
            }
            let came = play.came();
            (fixture.status().to_status(fixture.pool.layer()), came)
        });
        let [(one, one_came), (other, other_came)] = &plays;
        let which = format!("asked for its status or not, play {seed}");
        assert_same((one, one_came), (other, other_came), &which);
    }
}

pub(in crate::pool) fn counts_add_up(subject: &Subject<'_>) {
    for seed in SEEDS {
        let ages = options(3).with_max_idle_time(30 * MS).with_min_idle(1);
        let fixture = Fixture::with(subject, ages.with_max_overflow(1));
        let mut play = Play::new(&fixture, seed);
        for step in 0..200 {
            play.step();
            let status = fixture.status();
            let when = format!("at step {step} of play {seed}: {status:?}");
            assert_eq!(status.idle + status.borrowed, status.size, "idle and borrowed {when}");
            assert!(status.borrowed >= play.lent(), "borrowed are those lent, at least, {when}");
            assert!(status.size <= Play::MOST + 1, "all are in their places {when}");
            assert!(
                fixture.dummy.most_alive() <= Play::MOST as usize + 1,
                "so are those alive {when}"
            );
            let overflow = status.size.saturating_sub(status.max);
            assert_eq!(status.overflow, overflow, "overflow is what is above max {when}");
            assert_eq!(status.size, fixture.alive(), "what is counted is alive {when}");
            assert_eq!(status.created, fixture.dummy.made(), "created are those made {when}");
            let there = u64::from(status.size) + status.closed.total();
            assert_eq!(status.created, there, "created are those there and those closed {when}");
        }
        play.end();
        fixture.time.advance(HOUR);
        fixture.is_whole(&format!("after play {seed}"));
    }
}
