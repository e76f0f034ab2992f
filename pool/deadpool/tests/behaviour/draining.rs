//! A pool that is drained waits for what is lent, and says what did not come back.

use seawall_core::RefusalKind;

use crate::support::{MS, poll, ready, rig};

#[test]
fn draining_waits_for_what_is_lent() {
    let rig = rig(2);
    rig.warm_up(2);
    let held = rig.take_now().expect("idle");
    let mut drain = Box::pin(rig.pool.drain(100 * MS));
    assert!(poll(&mut drain).is_pending());
    assert_eq!(rig.take_now().expect_err("closed").kind(), RefusalKind::ShuttingDown);
    assert_eq!(rig.db.open(), [held.id]);
    drop(held);
    assert!(ready(&mut drain).is_complete());
    assert_eq!((rig.db.open(), rig.pool.status().closed.shut_down), (vec![], 2));
    rig.assert_books_close();
}

#[test]
fn draining_says_how_many_did_not_come_back_in_time() {
    let rig = rig(2);
    let held = [(); 2].map(|()| rig.take_now().expect("free"));
    assert_eq!(rig.time.block_on(rig.pool.drain(100 * MS)).left, 2);
    drop(held);
    assert_eq!(rig.db.open(), [], "they are closed as they come back");
    rig.assert_books_close();
}

#[test]
fn a_drain_that_is_dropped_leaves_a_closed_pool() {
    let rig = rig(1);
    let held = rig.take_now().expect("free");
    let mut drain = Box::pin(rig.pool.drain(100 * MS));
    assert!(poll(&mut drain).is_pending());
    drop(drain);
    drop(held);
    assert_eq!(rig.db.open(), []);
    rig.assert_books_close();
}
