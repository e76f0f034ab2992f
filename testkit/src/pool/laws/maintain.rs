use seawall_core::BoxFuture;
use seawall_core::pool::{Backoff, Lent, PoolControl, PoolState};

use crate::pool::fixture::{Borrowed, Fixture, MS, Watched, options, poll};
use crate::pool::{Act, Step, Subject};

pub(in crate::pool) fn start_connects_to_nothing(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(4).with_min_idle(2));
    fixture.time.advance(100 * MS);
    let status = fixture.status();
    assert_eq!(fixture.dummy.calls(Act::Create), 0, "attempts to connect before anyone asked");
    assert_eq!((status.size, status.state), (0, PoolState::Degraded), "what a new pool has");
    fixture.dummy.then(Act::Create, Step::Fail("refused"));
    assert!(fixture.take().is_err(), "what it connects to is down");
    fixture.pause();
    drop(fixture.taken("what it connects to is up"));
}

pub(in crate::pool) fn maintain_keeps_min_idle(subject: &Subject<'_>) {
    let fixture = Fixture::with(subject, options(9).with_min_idle(2));
    let mut work = fixture.maintained();
    assert_eq!(
        (fixture.status().idle, fixture.alive()),
        (2, 2),
        "idle and alive, of two to be kept"
    );
    let lent = fixture.take_all(6);
    go_on(&mut work);
    assert_eq!((fixture.status().idle, fixture.alive()), (2, 8), "idle and alive, six being lent");
    let more = fixture.take_all(2);
    go_on(&mut work);
    assert_eq!((fixture.status().idle, fixture.alive()), (1, 9), "idle and alive, all made");
    drop((lent, more));
    fixture.is_whole("beside the background work");
}

pub(in crate::pool) fn maintain_connects_with_backoff(subject: &Subject<'_>) {
    let backoff = Backoff { first: 100 * MS, most: 400 * MS };
    let fixture = Fixture::with(subject, options(2).with_connect_backoff(backoff));
    refuse(&fixture, 4);
    let mut work: BoxFuture<'_, ()> = Box::pin(fixture.pool.maintain());
    for (attempts, wait) in [(1, 100), (2, 200), (3, 400), (4, 400)] {
        go_on(&mut work);
        assert_eq!(fixture.dummy.calls(Act::Create), attempts, "attempts to connect");
        fixture.time.advance((wait - 1) * MS);
        go_on(&mut work);
        assert_eq!(
            fixture.dummy.calls(Act::Create),
            attempts,
            "attempts, before the time has come"
        );
        fixture.time.advance(MS);
    }
    go_on(&mut work);
    assert_eq!((fixture.status().idle, fixture.alive()), (1, 1), "idle and alive, once it worked");
    let held = fixture.taken("one is idle");
    refuse(&fixture, 2);
    assert!(fixture.take().is_err(), "it cannot connect");
    go_on(&mut work);
    assert_eq!(fixture.dummy.calls(Act::Create), 7, "attempts: each of both has made one more");
    fixture.time.advance(199 * MS);
    go_on(&mut work);
    assert_eq!(fixture.dummy.calls(Act::Create), 7, "attempts, before the time has come");
    fixture.time.advance(MS);
    go_on(&mut work);
    assert_eq!(
        fixture.dummy.calls(Act::Create),
        8,
        "attempts: what failed before it worked is over"
    );
    drop(held);
    fixture.is_whole("after connecting in the background");
}

pub(in crate::pool) fn maintain_closes_old_resources(subject: &Subject<'_>) {
    let lifetime = options(3).with_max_lifetime(100 * MS);
    for options in [lifetime, options(3).with_max_idle_time(100 * MS)] {
        let fixture = Fixture::with(subject, options);
        let held = fixture.take_all(3);
        let mut held = held.into_iter();
        let (first, _second) = (held.next(), held.next());
        drop((first, held));
        let mut work = fixture.maintained();
        while fixture.alive() == 3 {
            assert!(fixture.time.advance_to_next(), "background work looks from time to time");
            go_on(&mut work);
        }
        assert_eq!(fixture.alive(), 1, "connections alive: the one that is lent");
        let late = fixture.time.now().as_nanos();
        assert!((100..=200).contains(&(late / 1_000_000)), "they are closed soon, at {late} ns");
    }
}

pub(in crate::pool) fn maintain_is_woken(subject: &Subject<'_>) {
    type Happen = fn(&Fixture);
    let happens: [(&str, u32, Happen); 4] = [
        ("too few are idle", 2, |fixture| drop(fixture.take_all(2))),
        ("there are more places", 2, |fixture| fixture.resize(14)),
        ("a checkout could not connect", 0, |fixture| {
            let _idle = fixture.taken("background work has connected once");
            fixture.dummy.then(Act::Create, Step::Fail("refused"));
            assert!(fixture.take().is_err(), "it cannot connect");
        }),
        ("a checkout could not connect in time", 0, |fixture| {
            let _idle = fixture.taken("background work has connected once");
            fixture.dummy.then(Act::Create, Step::Hang);
            fixture.refused_after(MS, MS);
        }),
    ];
    for (what, min_idle, happen) in happens {
        let fixture = Fixture::with(subject, options(13).with_min_idle(min_idle));
        let mut work = Watched::new(fixture.pool.maintain());
        assert!(work.poll().is_pending(), "background work goes on while the pool is open");
        let _ = work.was_woken();
        happen(&fixture);
        assert!(work.was_woken(), "{what}, so background work is woken");
        assert!(work.poll().is_pending(), "background work goes on while the pool is open");
        assert_eq!(
            fixture.status().state,
            PoolState::Ready,
            "its state: {what}, and it has connected"
        );
    }
    woken_when_one_is_closed(subject);
}

/// Replaces resources that are closed when they are returned.
fn woken_when_one_is_closed(subject: &Subject<'_>) {
    type Close = fn(&Fixture, Borrowed<'_>);
    let closes: [(&str, Close); 2] = [
        ("is discarded", |_, lent| Lent::discard(lent)),
        ("comes back broken", |fixture, lent| {
            fixture.dummy.then(Act::IsBroken, Step::Fail("broken"));
            drop(lent);
        }),
    ];
    for (what, close) in closes {
        let fixture = Fixture::with(subject, options(13).with_min_idle(1));
        let mut lent = fixture.take_all(13);
        let mut work = Watched::new(fixture.pool.maintain());
        assert!(work.poll().is_pending(), "background work goes on while the pool is open");
        let _ = work.was_woken();
        close(&fixture, lent.remove(0));
        assert!(work.was_woken(), "a resource {what}, so background work is woken");
        assert!(work.poll().is_pending(), "background work goes on while the pool is open");
        assert_eq!(fixture.status().idle, 1, "idle: one for the resource that {what}");
    }
}

pub(in crate::pool) fn maintain_ends_with_the_pool(subject: &Subject<'_>) {
    for options in [options(2), options(2).with_max_lifetime(100 * MS)] {
        type End = fn(Fixture) -> Option<Fixture>;
        let ends: [End; 3] = [
            |fixture| {
                fixture.pool.close();
                Some(fixture)
            },
            |fixture| {
                let drained = fixture.time.block_on(fixture.pool.drain(MS));
                assert!(drained.is_complete(), "nothing is lent, as the pool is drained");
                Some(fixture)
            },
            |_last_handle| None,
        ];
        for end in ends {
            let fixture = Fixture::with(subject, options.clone());
            let mut work = Watched::new(fixture.pool.maintain());
            assert!(work.poll().is_pending(), "background work goes on while the pool is open");
            let _ = work.was_woken();
            let fixture = end(fixture);
            let how = if fixture.is_some() { "when it is closed" } else { "with its last handle" };
            assert!(work.was_woken(), "the pool's background work is woken {how}");
            assert!(work.poll().is_ready(), "the pool's background work ends {how}");
        }
    }
}

/// Lets this number of connects fail.
fn refuse(fixture: &Fixture, attempts: u32) {
    for _ in 0..attempts {
        fixture.dummy.then(Act::Create, Step::Fail("refused"));
    }
}

#[track_caller]
fn go_on(work: &mut BoxFuture<'_, ()>) {
    assert!(poll(work).is_pending(), "background work goes on while the pool is open");
}
