//! How many there may be: overflow, a bounded queue, and sizes that change.

use std::num::NonZeroU32;

use seawall_core::{RefusalKind, Topic};

use crate::promises::support::{Rig, options, poll, ready, rig, rig_with};

fn resize(rig: &Rig, max: u32) {
    rig.pool.resize(NonZeroU32::new(max).expect("not zero")).expect("it can be changed");
}

#[test]
fn a_pool_without_a_permit_is_full_at_once_for_a_caller_that_does_not_wait() {
    let rig = rig(1);
    let held = rig.time.block_on(rig.pool.try_checkout()).expect("free");
    let refusal = ready(&mut Box::pin(rig.pool.try_checkout())).expect_err("full");
    assert_eq!((refusal.kind(), refusal.limit()), (RefusalKind::PoolFull, Some(1)));
    assert_eq!(rig.recorder.count(Topic::PoolFull), 1);
    drop(held);
    rig.assert_whole();
}

#[test]
fn a_full_queue_is_a_full_pool() {
    let rig = rig_with(options(1).with_max_waiting(1));
    let held = rig.take_now().expect("free");
    let mut waiting = Box::pin(rig.pool.checkout());
    assert!(poll(&mut waiting).is_pending());
    let refusal = ready(&mut Box::pin(rig.pool.checkout())).expect_err("full");
    assert_eq!(refusal.kind(), RefusalKind::PoolFull);
    drop(held);
    drop(ready(&mut waiting).expect("its turn"));
}

#[test]
fn overflow_is_made_while_all_are_lent_and_closed_without_waiters() {
    let rig = rig_with(options(1).with_max_overflow(2));
    let lent = [(); 3].map(|()| rig.take_now().expect("there is overflow"));
    assert_eq!((rig.pool.status().size, rig.pool.status().overflow), (3, 2));
    assert!(rig.take_now().expect_err("no more than that").is_full());
    drop(lent);
    let status = rig.pool.status();
    assert_eq!((status.idle, status.size, status.closed.surplus), (1, 1, 2));
    assert_eq!(rig.db.open().len(), 1);
}

#[test]
fn returned_overflow_goes_to_a_waiter() {
    let rig = rig_with(options(1).with_max_overflow(1));
    let [first, second] = [(); 2].map(|()| rig.take_now().expect("free"));
    let mut waiting = Box::pin(rig.pool.checkout());
    assert!(poll(&mut waiting).is_pending());
    let id = second.id;
    drop(second);
    assert_eq!(ready(&mut waiting).expect("its turn").id, id);
    drop((first, waiting));
    assert_eq!((rig.pool.status().size, rig.db.open().len()), (1, 1));
}

#[test]
fn a_smaller_pool_closes_what_is_idle_now_and_what_is_lent_as_it_comes_back() {
    let rig = rig(4);
    rig.warm_up(4);
    let lent = [(); 2].map(|()| rig.take_now().expect("idle"));
    resize(&rig, 1);
    assert_eq!((rig.pool.status().idle, rig.db.open().len()), (0, 2));
    assert!(rig.take_now().expect_err("it is overfull").is_full());
    drop(lent);
    assert_eq!((rig.pool.status().size, rig.pool.status().closed.surplus), (1, 3));
    let held = rig.take_now().expect("the one that is left");
    assert!(rig.take_now().expect_err("there is one place").is_full());
    drop(held);
    assert_eq!((rig.pool.status().size, rig.db.open().len()), (1, 1));
}

#[test]
fn a_larger_pool_serves_waiters() {
    let rig = rig(1);
    let held = rig.take_now().expect("free");
    let mut waiting = Box::pin(rig.pool.checkout());
    assert!(poll(&mut waiting).is_pending());
    resize(&rig, 40);
    drop(ready(&mut waiting).expect("there are more places"));
    drop(held);
    rig.assert_whole();
}
