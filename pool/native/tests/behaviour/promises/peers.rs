//! How other pools are known to fail, one test each: named for what must not happen.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall_breaker::{BreakerOptions, CircuitBreaker, State};
use seawall_core::pool::{Lent, PoolState, Stage};
use seawall_core::{Driver, Error, RefusalKind, Tick};

use crate::Pool;
use crate::promises::support::{Conn, Db, DbError, MS, Rig, Step, poll, ready, rig};

const SECOND: Duration = Duration::from_secs(1);

/// As many as are to be had without waiting.
fn take_all(rig: &Rig) -> Vec<Lent<'_, Pool<Db>>> {
    std::iter::from_fn(|| rig.take_now().ok()).collect()
}

fn resize(rig: &Rig, max: u32) {
    rig.pool.resize(max.try_into().expect("not zero")).expect("it can be changed");
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
fn deadpool_errors_of_recycling_are_swallowed() {
    for stage in [Stage::Checking, Stage::Resetting] {
        let rig = rig(1);
        rig.warm_up(1).db.then(stage, Step::Fail("gone away"));
        if stage == Stage::Resetting {
            rig.warm_up(1);
        }
        assert_eq!(rig.take_now().expect("another").id, 2);
        assert_eq!(rig.pool.status().closed.failed_check, 1, "{stage}");
        assert_eq!(rig.pool.last_check_error().as_deref(), Some(&DbError("gone away")), "{stage}");
    }
}

#[test]
fn bb8_and_r2d2_a_newcomer_is_served_before_a_waiter() {
    let rig = rig(1);
    let held = rig.take_now().expect("free");
    let [mut first, mut second, mut later] = [(); 3].map(|()| Box::pin(rig.pool.checkout()));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    drop(held);
    // The first has not been polled since, and what it waits for is idle.
    assert!(poll(&mut later).is_pending());
    assert!(rig.take_now().expect_err("not even by a shortcut").is_full());
    let lent = ready(&mut first).expect("its turn");
    assert!(poll(&mut second).is_pending() && poll(&mut later).is_pending());
    drop(lent);
    assert!(poll(&mut later).is_pending());
    drop(ready(&mut second).expect("its turn"));
    drop(ready(&mut later).expect("its turn"));
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

    // Where there is none for the inner one, it is refused in time.
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
