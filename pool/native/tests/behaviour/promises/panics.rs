//! A panic, in whoever's code, closes what it hit and costs no place.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall_core::Verdict;
use seawall_core::pool::{PoolState, Stage};

use crate::promises::support::{Broken, Conn, DbError, Rig, Step, rig};

const SECOND: Duration = Duration::from_secs(1);

/// Runs `future`, which panics, with the executor's habit of dropping it only later.
#[track_caller]
fn panics<F: Future>(rig: &Rig, future: F) {
    let mut future = Box::pin(future);
    let polled = catch_unwind(AssertUnwindSafe(|| rig.time.block_on(future.as_mut())));
    assert!(polled.is_err(), "it panics");
    drop(future);
}

#[test]
fn a_panic_while_connecting_counts_as_a_failed_attempt() {
    let rig = rig(2);
    rig.db.then(Stage::Connecting, Step::Panic);
    panics(&rig, rig.pool.checkout());
    let status = rig.pool.status();
    assert_eq!((status.state, status.failed_connects), (PoolState::Degraded, 1));
    assert_eq!((status.created, status.size), (0, 0));
    rig.assert_whole();
    assert_eq!(rig.pool.status().state, PoolState::Ready);
}

#[test]
fn a_panic_in_the_operation_closes_the_resource() {
    let rig = rig(2);
    panics(
        &rig,
        rig.pool.with(
            async |conn: &mut Conn| -> Result<(), DbError> {
                conn.query(1).await?;
                panic!("operation")
            },
            SECOND,
        ),
    );
    assert_eq!((rig.db.open(), rig.pool.status().closed.abandoned), (vec![], 1));

    let blocking = || -> Result<(), _> {
        rig.pool.with_blocking(|_| -> Result<(), DbError> { panic!("operation") }, SECOND)
    };
    assert!(catch_unwind(AssertUnwindSafe(blocking)).is_err());
    assert_eq!((rig.db.open(), rig.pool.status().closed.abandoned), (vec![], 2));

    let guarded = || {
        let _lent = rig.take_now().expect("free");
        panic!("with the guard in hand");
    };
    assert!(catch_unwind(AssertUnwindSafe(guarded)).is_err());
    assert_eq!((rig.db.open(), rig.pool.status().closed.abandoned), (vec![], 3));
    rig.assert_whole();
}

#[test]
fn a_transaction_made_while_a_panic_is_on_its_way_is_judged_by_its_own_end() {
    struct CleanUp<'r>(&'r Rig);

    impl Drop for CleanUp<'_> {
        fn drop(&mut self) {
            let work = async |conn: &mut Conn| conn.query(1).await;
            self.0.time.block_on(self.0.pool.with(work, SECOND)).expect("free");
            let fails = async |_: &mut Conn| -> Result<(), DbError> { panic!("another") };
            panics(self.0, self.0.pool.with(fails, SECOND));
        }
    }

    let rig = rig(1);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _clean_up = CleanUp(&rig);
        panic!("first");
    }));
    assert!(unwound.is_err());
    let ends: Vec<_> = rig.recorder.take().into_iter().filter_map(|event| event.verdict).collect();
    assert_eq!(ends, [Verdict::Success, Verdict::Panicked]);
    assert_eq!((rig.pool.status().created, rig.db.open()), (1, vec![]));
    rig.assert_whole();
}

#[test]
fn a_panic_in_is_broken_closes_the_resource() {
    let rig = rig(1);
    rig.db.set_broken(Some(Broken::Panic));
    let lent = rig.take_now().expect("free");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(lent))).is_err());
    assert_eq!((rig.db.open(), rig.pool.status().closed.abandoned), (vec![], 1));
    rig.assert_whole();
}

#[test]
fn a_resource_that_panics_as_it_is_dropped_harms_no_other() {
    let rig = rig(2);
    rig.warm_up(2).db.panic_when_dropped(true);
    rig.take_now().expect("idle").discard();
    rig.db.then(Stage::Checking, Step::Fail("dead"));
    drop(rig.take_now().expect("another is made"));
    let guarded = || {
        let _lent = rig.take_now().expect("idle");
        panic!("two panics at once");
    };
    assert!(catch_unwind(AssertUnwindSafe(guarded)).is_err());
    rig.assert_whole();
    rig.pool.close();
    assert_eq!(rig.db.open(), [0_u32; 0]);
    assert_eq!(rig.pool.status().size, 0);
    rig.db.panic_when_dropped(false);
}
