//! Errors come out as they went in, and the pool says what it knows.

use std::error::Error as StdError;

use seawall_core::pool::Stage;
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
