//! Errors come out as they went in, and the pool says what it knows.

use std::error::Error as StdError;
use std::sync::Arc;

use seawall_core::pool::{PoolState, Stage};
use seawall_core::{Error, RefusalKind};

use crate::promises::support::{DbError, MS, Step, rig};

#[test]
fn an_error_of_connecting_keeps_its_type_and_comes_at_once() {
    let rig = rig(2);
    rig.db.then(Stage::Connecting, Step::Fail("authentication failed"));
    let result = rig.time.block_on(rig.pool.with(async |conn| conn.query(0).await, 50 * MS));
    let Err(Error::Refused(refusal)) = result else { panic!("{result:?}") };
    assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable);
    let source = refusal.source().expect("the reason");
    assert_eq!(source.downcast_ref(), Some(&DbError("authentication failed")));
    assert_eq!(rig.time.now().as_nanos(), 0, "without waiting for a deadline");
    rig.assert_whole();
}

#[test]
fn the_operations_own_error_is_untouched_and_its_resource_goes_back() {
    let rig = rig(1);
    let result = rig.pool.with_blocking(|_| Err::<(), _>(DbError("no such row")), 50 * MS);
    assert_eq!(result.expect_err("failed").into_failed(), Some(DbError("no such row")));
    assert_eq!(rig.pool.status().idle, 1);
    rig.assert_whole();
}

#[test]
fn the_pool_is_degraded_from_a_failed_connect_to_one_that_works() {
    let rig = rig(2);
    assert_eq!(rig.pool.status().state, PoolState::Degraded, "nobody has tried yet");
    let held = rig.take_now().expect("free");
    for why in ["refused", "refused again"] {
        rig.db.then(Stage::Connecting, Step::Fail(why));
        rig.take_now().expect_err(why);
    }
    let status = rig.pool.status();
    assert_eq!((status.state, status.failed_connects), (PoolState::Degraded, 2));
    let known = |error: Option<Arc<DbError>>| error.map(|error| error.0);
    assert_eq!(known(rig.pool.last_connect_error()), Some("refused again"));
    drop(held);
    drop(rig.take_now().expect("what is idle is still lent"));
    assert_eq!(rig.pool.status().state, PoolState::Degraded, "which says nothing of connecting");

    let held = [rig.take_now().expect("idle"), rig.take_now().expect("it connects again")];
    let status = rig.pool.status();
    assert_eq!((status.state, status.failed_connects), (PoolState::Ready, 2));
    assert_eq!(known(rig.pool.last_connect_error()), None);
    drop(held);
    rig.assert_whole();
}

#[test]
fn a_failed_check_or_reset_closes_the_resource_and_the_next_is_lent() {
    for stage in [Stage::Checking, Stage::Resetting] {
        let rig = rig(3);
        rig.warm_up(3).db.then(stage, Step::Fail("gone away"));
        let lent = rig.take_now().expect("the next");
        assert_eq!((lent.id, rig.db.open()), (2, vec![1, 2]), "the last to come back was dead");
        drop(lent);
        let status = rig.pool.status();
        assert_eq!((status.closed.failed_check, status.created), (1, 3), "none was made for it");
        let error = rig.pool.last_check_error().expect("kept for who asks");
        assert_eq!(*error, DbError("gone away"));
        rig.assert_whole();
    }
}

#[test]
fn a_failed_connect_after_failed_checks_leaves_a_clean_pool() {
    let rig = rig(4);
    rig.warm_up(4);
    for _ in 0..4 {
        rig.db.then(Stage::Checking, Step::Fail("gone away"));
    }
    rig.db.then(Stage::Connecting, Step::Fail("refused"));
    let refusal = rig.take_now().expect_err("refused");
    assert_eq!(refusal.source().and_then(|error| error.downcast_ref()), Some(&DbError("refused")));
    assert_eq!(rig.db.open(), [0_u32; 0]);
    let status = rig.pool.status();
    assert_eq!((status.size, status.closed.failed_check), (0, 4));
    rig.assert_whole();
}
