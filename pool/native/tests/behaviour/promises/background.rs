//! The background work: connecting, keeping some idle, closing what is too old.

use seawall_core::pool::{Backoff, Order, PoolState, Stage};

use crate::promises::support::{DbError, MS, Step, options, poll, rig, rig_with};

#[test]
fn a_pool_that_starts_without_its_resource_connects_with_backoff_and_says_so() {
    let backoff = Backoff { first: 100 * MS, most: 150 * MS };
    let options = options(2).with_connect_backoff(backoff).with_jitter_percent(0);
    let rig = rig_with(options);
    for _ in 0..3 {
        rig.db.then(Stage::Connecting, Step::Fail("refused"));
    }
    let mut work = Box::pin(rig.pool.maintain());
    for (failed, wait) in [(1, 100), (2, 150), (3, 150)] {
        assert!(poll(&mut work).is_pending());
        let status = rig.pool.status();
        assert_eq!((status.state, status.failed_connects), (PoolState::Degraded, failed));
        assert_eq!(rig.pool.last_connect_error().as_deref(), Some(&DbError("refused")));
        rig.time.advance(wait * MS);
    }
    assert!(poll(&mut work).is_pending());
    assert_eq!((rig.pool.status().state, rig.pool.status().idle), (PoolState::Ready, 1));
    rig.assert_whole();
}

#[test]
fn min_idle_connections_are_kept_and_lent_in_both_orders() {
    for order in [Order::Lifo, Order::Fifo] {
        let rig = rig_with(options(4).with_min_idle(2).with_order(order));
        let mut work = Box::pin(rig.pool.maintain());
        assert!(poll(&mut work).is_pending());
        assert_eq!((rig.pool.status().idle, rig.db.open()), (2, vec![1, 2]));
        let lent = [(); 2].map(|()| rig.take_now().expect("idle"));
        assert_eq!(rig.pool.status().created, 2, "none was made for them");
        assert!(poll(&mut work).is_pending());
        assert_eq!((rig.pool.status().idle, rig.pool.status().size), (2, 4));
        drop(lent);
        rig.assert_whole();
    }
}

#[test]
fn what_is_too_old_is_not_lent_even_without_background_work() {
    let rig = rig_with(options(2).with_max_lifetime(60 * MS).with_jitter_percent(0));
    rig.warm_up(2);
    rig.time.advance(60 * MS);
    assert_eq!(rig.take_now().expect("a new one").id, 3);
    assert_eq!(rig.pool.status().closed.too_old, 2);
    let mut work = Box::pin(rig.pool.maintain());
    rig.time.advance(60 * MS);
    assert!(poll(&mut work).is_pending());
    assert_eq!((rig.db.open(), rig.pool.status().closed.too_old), (vec![], 3));
    rig.assert_whole();
}

#[test]
fn background_work_dropped_or_panicking_anywhere_loses_nothing() {
    for step in [Step::Hang, Step::Panic, Step::Yield(2)] {
        let rig = rig_with(options(1).with_min_idle(1));
        rig.db.then(Stage::Connecting, step);
        let mut work = Box::pin(rig.pool.maintain());
        assert!(poll(&mut work).is_pending());
        drop(work);
        rig.assert_whole();
    }
}

#[test]
fn it_ends_with_the_pool() {
    let rig = rig(1);
    let mut work = Box::pin(rig.pool.maintain());
    assert!(poll(&mut work).is_pending());
    rig.pool.close();
    assert!(poll(&mut work).is_ready());
    let other = crate::promises::support::rig(1);
    let mut work = Box::pin(other.pool.maintain());
    assert!(poll(&mut work).is_pending());
    drop(other);
    assert!(poll(&mut work).is_ready(), "the last handle is gone");
}
