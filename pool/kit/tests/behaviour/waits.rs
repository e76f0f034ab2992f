//! How long checkouts have waited for a place, as the status says.

use std::time::Duration;

use seawall_core::RefusalKind;
use seawall_testkit::pool::{Act, Step};

use crate::support::{MS, Rig, options, poll};

#[test]
fn a_wait_counts_however_it_ends() {
    let rig = Rig::new(options(1).with_max_waiting(1));
    let waits = || {
        let waits = rig.pool.status().waits;
        (waits.count, waits.total, waits.longest)
    };
    let held = rig.take(1);
    assert_eq!(waits(), (0, Duration::ZERO, Duration::ZERO), "there was a place at once");

    let mut served = Box::pin(rig.pool.checkout());
    assert!(poll(&mut served).is_pending());
    rig.time.advance(3 * MS);
    let full = rig.time.block_on(rig.pool.checkout()).expect_err("one may wait");
    assert_eq!(full.kind(), RefusalKind::PoolFull);
    assert_eq!(waits().0, 0, "who is told at once has not waited");
    drop(held);
    let held = rig.time.block_on(served).expect("its turn");
    assert_eq!(waits(), (1, 3 * MS, 3 * MS));

    let mut dropped = Box::pin(rig.pool.checkout());
    assert!(poll(&mut dropped).is_pending());
    rig.time.advance(5 * MS);
    drop(dropped);
    assert_eq!(waits(), (2, 8 * MS, 5 * MS), "it went away");

    let cut = rig.time.block_on(rig.pool.lend().deadline(2 * MS).checkout());
    assert_eq!(cut.expect_err("it is lent").kind(), RefusalKind::CheckoutTimeout);
    assert_eq!(waits(), (3, 10 * MS, 5 * MS), "it was cut");

    let mut closed = Box::pin(rig.pool.checkout());
    assert!(poll(&mut closed).is_pending());
    rig.time.advance(7 * MS);
    rig.pool.close();
    let refusal = rig.time.block_on(closed).expect_err("closed");
    assert_eq!(refusal.kind(), RefusalKind::ShuttingDown);
    assert_eq!(waits(), (4, 17 * MS, 7 * MS), "the pool was closed");
    drop(held);
}

#[test]
fn the_time_that_a_check_or_a_connect_takes_is_no_wait() {
    let rig = Rig::new(options(1));
    for act in [Act::Create, Act::Check, Act::Reset] {
        rig.dummy.then(act, Step::Take(50 * MS));
        drop(rig.time.block_on(rig.pool.checkout()).expect("free"));
    }
    assert_eq!(rig.time.now().as_nanos(), 150_000_000);
    assert_eq!(rig.pool.status().waits.count, 0);
}
