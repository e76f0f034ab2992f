//! A transaction behind a protection: what the breaker hears of the pool, and what it spares it.

use std::error::Error as StdError;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall_breaker::{BreakerOptions, CircuitBreaker};
use seawall_core::pool::Stage;
use seawall_core::{
    Clock, Component, Driver, Error, Refusal, RefusalKind, Sleep, Tick, TimeSource, Verdict,
};
use seawall_testkit::{ManualClock, Scripted};

use crate::promises::support::{Conn, DbError, MS, Rig, Step, poll, rig};

const SECOND: Duration = Duration::from_secs(1);

struct Behind {
    rig: Rig,
    driver: Driver,
    breaker: Scripted,
}

fn behind_a_breaker() -> Behind {
    let rig = rig(1);
    let driver = Driver::new().with_clock(rig.time.clock());
    Behind { rig, driver, breaker: Scripted::new(Component::CircuitBreaker, "breaker") }
}

/// How long the whole call has, and how long the operation has from its admission: the shorter of
/// them is 30 ms.
const LIMITS: [(Duration, Duration); 3] = [
    (Duration::from_millis(30), Duration::MAX),
    (Duration::MAX, Duration::from_millis(30)),
    (Duration::from_millis(30), Duration::from_millis(30)),
];

impl Behind {
    /// A transaction that would take a minute.
    fn call(&self, (deadline, timeout): (Duration, Duration)) -> Result<(), Error<DbError>> {
        let call = self.driver.protect(&self.breaker).deadline(deadline).timeout(timeout);
        let hang = async |_: &mut Conn| pending().await;
        let asked = self.rig.time.now();
        let result = self.rig.time.block_on(call.with(&self.rig.pool, hang));
        assert_eq!(self.rig.time.now().since(asked), 30 * MS);
        result
    }

    /// A transaction with this operation.
    fn try_call(
        &self,
        op: impl AsyncFnOnce(&mut Conn) -> Result<u32, DbError>,
    ) -> Result<u32, Error<DbError>> {
        let call = self.driver.protect(&self.breaker).with(&self.rig.pool, op);
        self.rig.time.block_on(call)
    }

    /// A transaction with this operation, which panics.
    #[track_caller]
    fn panics(&self, op: impl AsyncFnOnce(&mut Conn) -> Result<u32, DbError>) {
        catch_unwind(AssertUnwindSafe(|| self.try_call(op))).expect_err("it panics");
    }

    /// The one verdict the breaker heard.
    #[track_caller]
    fn heard(&self, verdict: Verdict) {
        let books = self.breaker.counts();
        assert_eq!((books.admitted, books.ended(verdict)), (1, 1), "{books:?}");
    }
}

#[test]
fn a_pool_that_is_full_until_the_deadline_refuses_and_says_nothing_of_what_is_behind_it() {
    for limits in LIMITS {
        let behind = behind_a_breaker();
        let held = behind.rig.take_now().expect("free");
        let Err(Error::Refused(refusal)) = behind.call(limits) else { panic!("it never ran") };
        assert_eq!(refusal.kind(), RefusalKind::CheckoutTimeout);
        behind.heard(Verdict::Ignored);
        drop(held);
        behind.rig.assert_whole();
    }
}

#[test]
fn a_connect_that_hangs_until_the_deadline_refuses_and_counts_as_a_failure() {
    for limits in LIMITS {
        let behind = behind_a_breaker();
        behind.rig.db.then(Stage::Connecting, Step::Hang);
        let Err(Error::Refused(refusal)) = behind.call(limits) else { panic!("it never ran") };
        assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable);
        behind.heard(Verdict::Failure);
        behind.rig.assert_whole();
    }
}

#[test]
fn a_connect_that_fails_or_panics_is_seen_as_that() {
    let behind = behind_a_breaker();
    behind.rig.db.then(Stage::Connecting, Step::Fail("refused"));
    let result = behind.try_call(async |conn| conn.query(0).await);
    let Err(Error::Refused(refusal)) = result else { panic!("it never ran: {result:?}") };
    assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable);
    assert_eq!(refusal.source().and_then(|error| error.downcast_ref()), Some(&DbError("refused")));
    behind.heard(Verdict::Failure);
    behind.rig.assert_whole();

    let behind = behind_a_breaker();
    behind.rig.db.then(Stage::Connecting, Step::Panic);
    behind.panics(async |conn| conn.query(0).await);
    behind.heard(Verdict::Panicked);
    behind.rig.assert_whole();
}

#[test]
fn an_operation_that_fails_counts_as_a_failure_and_its_resource_goes_back() {
    let behind = behind_a_breaker();
    let result = behind.try_call(async |_| Err(DbError("no such row")));
    assert_eq!(result.expect_err("its own").into_failed(), Some(DbError("no such row")));
    behind.heard(Verdict::Failure);
    assert_eq!((behind.rig.pool.status().idle, behind.rig.db.open()), (1, vec![1]));
    behind.rig.assert_whole();
}

#[test]
fn an_operation_that_panics_is_seen_as_that_and_its_resource_is_closed() {
    let behind = behind_a_breaker();
    behind.panics(async |conn| {
        conn.query(1).await?;
        panic!("the operation")
    });
    behind.heard(Verdict::Panicked);
    assert_eq!((behind.rig.pool.status().closed.abandoned, behind.rig.db.open()), (1, vec![]));
    behind.rig.assert_whole();
}

#[test]
fn an_operation_that_works_counts_as_a_success() {
    let behind = behind_a_breaker();
    assert_eq!(behind.try_call(async |conn| conn.query(1).await).expect("it works"), 1);
    behind.heard(Verdict::Success);
    behind.rig.assert_whole();
}

/// A real one: sixty-four callers are refused at once, and the database is left alone.
#[test]
fn an_open_circuit_stops_the_storm_of_connects() {
    let rig = rig(8);
    let options = BreakerOptions::new("db").failures(3).reset_after(SECOND);
    let driver = Driver::new().with_clock(rig.time.clock());
    let breaker = CircuitBreaker::start(&options).expect("valid").with_driver(driver);
    let call = || {
        let query = async |conn: &mut Conn| conn.query(0).await;
        rig.time.block_on(breaker.protect().with(&rig.pool, query))
    };
    let assert_refused_at = |connects| {
        for _ in 0..64 {
            let refused = call().expect_err("it is open");
            assert!(refused.refusal().is_some_and(Refusal::is_circuit_open), "{refused}");
        }
        assert_eq!(rig.db.connects(), connects);
    };
    for _ in 0..4 {
        rig.db.then(Stage::Connecting, Step::Fail("refused"));
    }
    for connects in 1..=3 {
        let refused = call().expect_err("it cannot be reached");
        let kind = refused.refusal().map(Refusal::kind);
        assert_eq!((kind, rig.db.connects()), (Some(RefusalKind::ResourceUnavailable), connects));
        rig.time.advance(100 * MS);
    }
    assert_refused_at(3);
    rig.time.advance(SECOND);
    call().expect_err("the probe finds no database");
    assert_refused_at(4);
    rig.time.advance(SECOND);
    assert_eq!(call().expect("the next one does"), 1);
    assert_eq!(call().expect("the circuit is closed"), 1);
    rig.assert_whole();
}

#[test]
fn an_operation_that_is_cut_counts_as_a_failure_and_closes_its_resource() {
    for limits in LIMITS {
        let behind = behind_a_breaker();
        assert!(behind.call(limits).expect_err("cut").is_timed_out());
        behind.heard(Verdict::Failure);
        assert_eq!(behind.breaker.counts().timed_out, 1);
        assert_eq!(behind.rig.pool.status().closed.abandoned, 1);
        behind.rig.assert_whole();
    }
}

#[test]
fn a_caller_that_goes_away_is_neither_here_nor_there() {
    let behind = behind_a_breaker();
    let hang = async |_: &mut Conn| pending::<Result<(), DbError>>().await;
    let call = behind.driver.protect(&behind.breaker).with(&behind.rig.pool, hang);
    let mut call = Box::pin(call);
    assert!(poll(&mut call).is_pending());
    drop(call);
    behind.heard(Verdict::Abandoned);
    assert_eq!(behind.rig.pool.status().closed.abandoned, 1);
    behind.rig.assert_whole();
}

/// A clock by which each look takes a millisecond.
struct Slow(ManualClock);

impl TimeSource for Slow {
    fn now(&self) -> Tick {
        self.0.advance(MS);
        self.0.now()
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        self.0.sleep_until(at)
    }
}

#[test]
fn a_limit_that_has_passed_when_the_layers_have_admitted_takes_nothing() {
    let Behind { rig, breaker, .. } = behind_a_breaker();
    let driver = Driver::new().with_clock(Clock::custom(Slow(rig.time.clone())));
    let call = driver.protect(&breaker).timeout(MS);
    let used = rig.time.block_on(call.with(&rig.pool, async |_: &mut Conn| Ok::<_, DbError>(())));
    assert!(used.is_err_and(|error| {
        error.refusal().is_some_and(|refusal| refusal.kind() == RefusalKind::Deadline)
    }));
    assert_eq!(rig.pool.status().created, 0, "connects");
}
