//! A transaction behind a protection: what the breaker hears of the pool.

use std::future::pending;
use std::time::Duration;

use seawall_core::pool::Stage;
use seawall_core::{Component, Driver, Error, RefusalKind, Verdict};
use seawall_testkit::Scripted;

use crate::promises::support::{Conn, DbError, MS, Rig, Step, poll, rig};

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
        let result = self.rig.time.block_on(call.transaction(&self.rig.pool, hang));
        assert_eq!(self.rig.time.now().since(asked), 30 * MS);
        result
    }

    /// The one verdict the breaker heard.
    #[track_caller]
    fn heard(&self, verdict: Verdict) {
        let books = self.breaker.books();
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
fn an_operation_that_is_cut_counts_as_a_failure_and_closes_its_resource() {
    for limits in LIMITS {
        let behind = behind_a_breaker();
        assert!(behind.call(limits).expect_err("cut").is_timed_out());
        behind.heard(Verdict::Failure);
        assert_eq!(behind.breaker.books().timed_out, 1);
        assert_eq!(behind.rig.pool.status().closed.abandoned, 1);
        behind.rig.assert_whole();
    }
}

#[test]
fn a_caller_that_goes_away_is_neither_here_nor_there() {
    let behind = behind_a_breaker();
    let hang = async |_: &mut Conn| pending::<Result<(), DbError>>().await;
    let call = behind.driver.protect(&behind.breaker).transaction(&behind.rig.pool, hang);
    let mut call = Box::pin(call);
    assert!(poll(&mut call).is_pending());
    drop(call);
    behind.heard(Verdict::Abandoned);
    assert_eq!(behind.rig.pool.status().closed.abandoned, 1);
    behind.rig.assert_whole();
}
