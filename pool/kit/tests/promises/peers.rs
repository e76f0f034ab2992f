//! How other pools are known to fail, one test each: named for what must not happen.
//!
//! That a pool which is not there is no timeout, as it was with the Elixir one, is for who finds pools by
//! name: see the facade's tests.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall_breaker::{BreakerOptions, CircuitBreaker, State};
use seawall_core::pool::{Lent, Pool as Spi, PoolOptions, PoolState, Stage};
use seawall_core::{Driver, Error, RefusalKind, Tick};

use crate::Pool;
use crate::promises::support::{
    Conn, Db, DbError, MS, Rig, Step, options, poll, ready, rig, rig_with,
};

const SECOND: Duration = Duration::from_secs(1);

/// As many as are to be had without waiting.
fn take_all(rig: &Rig) -> Vec<Lent<'_, Pool<Db>>> {
    std::iter::from_fn(|| rig.take_now().ok()).collect()
}

fn resize(rig: &Rig, max: u32) {
    rig.pool.resize(max.try_into().expect("not zero"));
}

/// Waits for a connection and uses it, in an executor that catches panics.
fn query(rig: &Rig) -> std::thread::Result<Result<u32, Error<DbError>>> {
    let query = async |conn: &mut Conn| conn.query(1).await;
    catch_unwind(AssertUnwindSafe(|| rig.time.block_on(rig.pool.lend().with(query))))
}

#[test]
fn deadpool_five_cycles_of_sizes_let_out_ninety_one_of_sixteen() {
    let rig = rig(16);
    let lent = take_all(&rig);
    assert_eq!(lent.len(), 16);
    for _ in 0..5 {
        resize(&rig, 1);
        resize(&rig, 16);
    }
    assert_eq!(take_all(&rig).len(), 0, "all are out");
    drop(lent);
    for _ in 0..5 {
        resize(&rig, 1);
        resize(&rig, 16);
    }
    assert_eq!(take_all(&rig).len(), 16);
    rig.assert_whole();
}

#[test]
fn deadpool_dead_idle_connections_have_a_timeout_each() {
    let each = options(8).with_check_timeout(100 * MS).with_connect_timeout(100 * MS);
    for stage in [Stage::Checking, Stage::Resetting] {
        let rig = rig_with(each.clone());
        rig.warm_up(8);
        for _ in 0..8 {
            rig.db.then(stage, Step::Hang);
        }
        let lent = rig.time.block_on(rig.pool.checkout()).expect("a new one");
        assert_eq!((lent.id, rig.time.now()), (9, Tick::ZERO + 100 * MS), "and not after 810 ms");
        drop(lent);
        rig.assert_whole();
    }
}

#[test]
fn deadpool_nothing_is_bounded_by_default() {
    let max = 1.try_into().expect("not zero");
    let default = || rig_with(PoolOptions::default().with_max_size(max));
    let took = |rig: &Rig| {
        let asked = rig.time.now();
        let result = rig.time.block_on(rig.pool.checkout()).map(|lent| lent.id);
        (result.map_err(|refusal| refusal.kind()), rig.time.now().since(asked))
    };

    let rig = default();
    let held = rig.take_now().expect("free");
    assert_eq!(took(&rig), (Err(RefusalKind::CheckoutTimeout), 5 * SECOND), "waiting");
    drop(held);
    rig.assert_whole();

    let rig = default();
    rig.db.then(Stage::Connecting, Step::Hang);
    assert_eq!(took(&rig), (Err(RefusalKind::ResourceUnavailable), 5 * SECOND), "connecting");
    rig.assert_whole();

    for stage in [Stage::Checking, Stage::Resetting] {
        let rig = default();
        rig.warm_up(1).db.then(stage, Step::Hang);
        assert_eq!(took(&rig), (Ok(2), SECOND), "{stage}, and then another is made");
        rig.assert_whole();
    }
}

#[test]
fn deadpool_errors_of_recycling_are_swallowed() {
    for stage in [Stage::Checking, Stage::Resetting] {
        let rig = rig(1);
        rig.warm_up(1).db.then(stage, Step::Fail("gone away"));
        assert_eq!(rig.take_now().expect("another").id, 2);
        assert_eq!(rig.pool.status().closed.failed_check, 1, "{stage}");
        assert_eq!(rig.pool.last_check_error().as_deref(), Some(&DbError("gone away")), "{stage}");
    }
}

#[test]
fn bb8_and_r2d2_a_panic_in_connect_loses_the_place_for_good() {
    let rig = rig(2);
    for _ in 0..4 {
        rig.db.then(Stage::Connecting, Step::Panic);
        query(&rig).expect_err("it panics");
    }
    assert_eq!(rig.pool.status().failed_connects, 4);
    rig.assert_whole();
    assert_eq!(query(&rig).expect("no panic").expect("free"), 2);
}

#[test]
fn bb8_a_connect_that_hangs_loses_the_place_for_good() {
    let rig = rig_with(options(2).with_connect_timeout(100 * MS).with_min_idle(1));
    for _ in 0..4 {
        rig.db.then(Stage::Connecting, Step::Hang);
        let refused = rig.pool.lend().deadline(30 * MS).checkout();
        rig.time.block_on(refused).expect_err("it is cut by the caller's deadline");
    }
    rig.db.then(Stage::Connecting, Step::Hang);
    let mut goes_away = Box::pin(rig.pool.checkout());
    assert!(poll(&mut goes_away).is_pending());
    drop(goes_away);
    rig.db.then(Stage::Connecting, Step::Hang);
    let mut work = Box::pin(rig.pool.maintain());
    assert!(poll(&mut work).is_pending());
    rig.time.advance(100 * MS);
    assert!(poll(&mut work).is_pending(), "it is cut by its own timeout");
    assert_eq!((rig.db.connects(), rig.pool.status().failed_connects), (6, 5));
    drop(work);
    rig.assert_whole();
}

#[test]
fn bb8_and_r2d2_a_check_that_is_cut_puts_a_half_read_connection_back_as_good() {
    for stage in [Stage::Checking, Stage::Resetting] {
        let rig = rig_with(options(1).with_check_timeout(60 * MS));
        rig.warm_up(1);
        for (id, deadline) in [(1, Some(30 * MS)), (2, None)] {
            assert_eq!(rig.db.open(), [id]);
            rig.db.then(stage, Step::Hang);
            let lend = rig.pool.lend();
            let lend = if let Some(deadline) = deadline { lend.deadline(deadline) } else { lend };
            let mut checkout = Box::pin(lend.checkout());
            assert!(poll(&mut checkout).is_pending(), "{stage}");
            if deadline.is_some() {
                rig.time.advance(30 * MS);
                ready(&mut checkout).expect_err("it is cut by its deadline");
            }
            // Or else by a caller that goes away.
            drop(checkout);
            assert_eq!(rig.db.open(), [0_u32; 0], "{stage}: the connection is closed");
            // One that is half-way through something would not let itself be used.
            assert_eq!(query(&rig).expect("no panic").expect("a new one"), id + 1);
        }
        assert_eq!(rig.pool.status().closed.cut_check, 2);
        rig.db.then(stage, Step::Hang);
        assert_eq!(query(&rig).expect("no panic").expect("a new one"), 4, "cut by its own timeout");
        assert_eq!(rig.pool.status().closed.cut_check, 3);
        rig.assert_whole();
    }
}

#[test]
fn bb8_and_r2d2_who_comes_later_is_served_before_who_waits() {
    let rig = rig(1);
    let held = rig.take_now().expect("free");
    let [mut first, mut second, mut later] = [(); 3].map(|()| Box::pin(rig.pool.checkout()));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    drop(held);
    // The first has not been polled since, and what he waits for is idle.
    assert!(poll(&mut later).is_pending());
    assert!(rig.take_now().expect_err("not even by a shortcut").is_full());
    let lent = ready(&mut first).expect("his turn");
    assert!(poll(&mut second).is_pending() && poll(&mut later).is_pending());
    drop(lent);
    assert!(poll(&mut later).is_pending());
    drop(ready(&mut second).expect("his turn"));
    drop(ready(&mut later).expect("his turn"));
    rig.assert_whole();
}

#[test]
fn bb8_and_r2d2_a_login_that_is_refused_surfaces_as_a_timeout() {
    let refused = DbError("password authentication failed");
    let rig = rig(1);
    for _ in 0..3 {
        rig.db.then(Stage::Connecting, Step::Fail(refused.0));
    }
    let Ok(Err(Error::Refused(refusal))) = query(&rig) else { panic!("it cannot connect") };
    assert_eq!((refusal.kind(), rig.time.now()), (RefusalKind::ResourceUnavailable, Tick::ZERO));
    let source = std::error::Error::source(&refusal).and_then(|error| error.downcast_ref());
    assert_eq!(source, Some(&refused));
    let mut work = Box::pin(rig.pool.maintain());
    assert!(poll(&mut work).is_pending());
    assert_eq!(rig.db.connects(), 2, "the background work connects too");
    assert_eq!(rig.pool.last_connect_error().as_deref(), Some(&refused), "and says why it cannot");
    assert_eq!(rig.pool.status().state, PoolState::Degraded);
}

#[test]
fn poolboy_a_worker_that_fails_to_start_crashes_the_pool() {
    let rig = rig_with(options(2).with_min_idle(2).with_jitter_percent(0));
    let start = |step| rig.db.then(Stage::Connecting, step);
    start(Step::Fail("refused"));
    let mut work = Box::pin(rig.pool.maintain());
    assert!(poll(&mut work).is_pending(), "it goes on, also after one that panics");
    for step in [Step::Panic, Step::Fail("refused")] {
        start(step);
        rig.time.advance(SECOND);
        assert!(poll(&mut work).is_pending());
    }
    start(Step::Panic);
    query(&rig).expect_err("it panics");
    start(Step::Fail("refused"));
    query(&rig).expect("no panic").expect_err("refused");
    assert_eq!((rig.db.connects(), rig.db.open()), (5, vec![]));
    assert_eq!(rig.pool.status().failed_connects, 5);
    assert_eq!(query(&rig).expect("no panic").expect("the next start works"), 1);
    rig.time.advance(60 * SECOND);
    assert!(poll(&mut work).is_pending());
    assert_eq!(rig.pool.status().idle, 2, "as many as there should be");
    drop(work);
    rig.assert_whole();
}

#[test]
fn poolboy_the_worker_of_a_borrower_that_died_goes_to_the_next_as_it_was_left() {
    let rig = rig(1);
    let midway = async |conn: &mut Conn| conn.query(usize::MAX).await;
    let mut killed = Box::pin(rig.pool.with(midway, SECOND));
    assert!(poll(&mut killed).is_pending(), "it is half-way through a query");
    drop(killed);
    assert_eq!(query(&rig).expect("no panic").expect("a new one"), 2);

    let panics = async |_: &mut Conn| -> Result<(), DbError> { panic!("the borrower") };
    let died = || rig.time.block_on(rig.pool.with(panics, SECOND));
    catch_unwind(AssertUnwindSafe(died)).expect_err("it panics");
    assert_eq!(query(&rig).expect("no panic").expect("a new one"), 3);

    let died = || {
        let _lent = rig.take_now().expect("idle");
        panic!("with the connection in hand");
    };
    catch_unwind(AssertUnwindSafe(died)).expect_err("it panics");
    assert_eq!(query(&rig).expect("no panic").expect("a new one"), 4);
    assert_eq!(rig.pool.status().closed.abandoned, 3);

    // What a borrower has given back is reset all the same: it is when that fails that one sees it.
    rig.db.then(Stage::Resetting, Step::Fail("a transaction is open"));
    assert_eq!(query(&rig).expect("no panic").expect("a new one"), 5);
    assert_eq!(rig.pool.last_check_error().as_deref(), Some(&DbError("a transaction is open")));
}

/// Its pool caught whatever went wrong and returned that, and what is returned was a success.
#[test]
fn the_elixir_one_the_breaker_never_sees_what_fails_in_a_pool() {
    let limit = 30 * MS;
    for (what, step, op) in [
        ("an error of connecting", Step::Fail("refused"), Op::Works),
        ("a panic in connecting", Step::Panic, Op::Works),
        ("a connect that hangs", Step::Hang, Op::Works),
        ("an error that is returned", Step::Work, Op::Fails),
        ("a panic", Step::Work, Op::Panics),
        ("a use that is cut", Step::Work, Op::Hangs),
    ] {
        let rig = rig(1);
        let driver = Driver::new().with_clock(rig.time.clock());
        let breaker = CircuitBreaker::start(&BreakerOptions::new("db").failures(1));
        let breaker = breaker.expect("valid").with_driver(driver);
        rig.db.then(Stage::Connecting, step);
        let call = breaker.protect().timeout(limit).with(&rig.pool, async |_| op.go().await);
        let called = catch_unwind(AssertUnwindSafe(|| rig.time.block_on(call)));
        assert!(!matches!(called, Ok(Ok(()))), "{what} is no success");
        assert_eq!(breaker.status().state, State::Open, "{what}");
    }
}

#[derive(Clone, Copy)]
enum Op {
    Works,
    Fails,
    Panics,
    Hangs,
}

impl Op {
    async fn go(self) -> Result<(), DbError> {
        match self {
            Self::Works => Ok(()),
            Self::Fails => Err(DbError("no such row")),
            Self::Panics => panic!("the operation"),
            Self::Hangs => pending().await,
        }
    }
}

#[test]
fn the_elixir_one_all_uses_of_all_pools_are_made_one_after_the_other() {
    let (one, other) = (rig(2), rig(1));
    let midway = async |conn: &mut Conn| conn.query(1).await;
    let mut first = Box::pin(one.pool.with(midway, SECOND));
    assert!(poll(&mut first).is_pending(), "it is under way");
    assert_eq!(query(&one).expect("no panic").expect("free"), 2, "of the same pool");
    assert_eq!(query(&other).expect("no panic").expect("free"), 1, "of another one");
    assert_eq!(ready(&mut first).expect("it goes on"), 1);
}

#[test]
fn the_elixir_one_a_use_inside_a_use_deadlocks() {
    let rig = rig(2);
    let nested = async |outer: &mut Conn| {
        let inner = rig.pool.with(async |inner: &mut Conn| inner.query(1).await, SECOND);
        let inner = inner.await.map_err(|_| DbError("none for the inner use"))?;
        Ok::<_, DbError>((outer.query(1).await?, inner))
    };
    let both = rig.time.block_on(rig.pool.with(nested, SECOND));
    assert_eq!(both.expect("there are two"), (1, 2));

    let blocking = |outer: &mut Conn| {
        let inner = rig.pool.with_blocking(|inner| Ok::<_, DbError>(inner.id), SECOND);
        Ok::<_, DbError>((outer.id, inner.expect("there are two")))
    };
    let (outer, inner) = rig.pool.with_blocking(blocking, SECOND).expect("there are two");
    assert_ne!(outer, inner);

    // Where there is none for the inner one, it is told so in time.
    let (held, asked) = (rig.take_now().expect("idle"), rig.time.now());
    let alone = async |_: &mut Conn| {
        let inner = rig.pool.lend().deadline(30 * MS).checkout().await;
        Ok::<_, DbError>(inner.expect_err("both are taken").kind())
    };
    let told = rig.time.block_on(rig.pool.with(alone, SECOND)).expect("it ends");
    assert_eq!((told, rig.time.now().since(asked)), (RefusalKind::CheckoutTimeout, 30 * MS));
    drop(held);
    rig.assert_whole();
}

/// Each number is another one, so that none can be taken for another.
#[test]
fn the_elixir_one_a_status_is_read_from_the_wrong_fields() {
    let rig = rig_with(options(7).with_max_overflow(2));
    let mut lent = take_all(&rig);
    let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(rig.pool.checkout())).collect();
    waiting.iter_mut().for_each(|waiter| assert!(poll(waiter).is_pending()));
    let told = |names: &[&str]| {
        let status = Spi::status(&rig.pool, rig.time.now());
        names.iter().map(|name| status.reading(name).expect("it is told")).collect::<Vec<_>>()
    };
    let names = ["borrowed", "overflow", "waiting", "idle", "connecting", "max", "max_overflow"];
    assert_eq!(told(&names), [9, 2, 4, 0, 0, 7, 2]);
    drop(waiting);
    lent.truncate(3);
    lent.pop().expect("three").discard();
    let idle = [(); 4].map(|()| rig.take_now().expect("idle"));
    rig.db.then(Stage::Connecting, Step::Hang);
    let mut connecting = Box::pin(rig.pool.checkout());
    assert!(poll(&mut connecting).is_pending());
    drop(idle);
    assert_eq!(told(&names), [2, 0, 0, 4, 1, 7, 2]);
}
