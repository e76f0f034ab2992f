//! A pool that is drained waits for what is lent, and says what did not come back.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use seawall_core::pool::Manage;
use seawall_core::{Driver, RefusalKind, Tick};
use seawall_testkit::ManualClock;

use crate::Pool;
use crate::promises::support::{MS, options, poll, ready, rig};

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
    assert_eq!(rig.db.open(), [0_u32; 0], "they are closed as they come back");
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
    assert_eq!(rig.db.open(), [0_u32; 0]);
    rig.assert_books_close();
}

/// Says goodbye; or never comes to an end of that.
struct Polite {
    hangs: bool,
    goodbyes: Arc<AtomicU32>,
}

impl Manage for Polite {
    type Resource = u8;
    type Error = Infallible;

    async fn create(&self) -> Result<u8, Infallible> {
        Ok(0)
    }

    async fn close(&self, _: u8) {
        self.goodbyes.fetch_add(1, Relaxed);
        if self.hangs {
            pending::<()>().await;
        }
    }
}

#[test]
fn what_is_drained_is_closed_by_its_manager_within_close_timeout() {
    for hangs in [false, true] {
        let (time, goodbyes) = (ManualClock::new(), Arc::new(AtomicU32::new(0)));
        let polite = Polite { hangs, goodbyes: Arc::clone(&goodbyes) };
        let options = options(2).with_close_timeout(10 * MS);
        let pool = Pool::new("polite", polite, options).expect("valid");
        let pool = pool.with_driver(Driver::new().with_clock(time.clock()));
        let lent = [(); 2].map(|()| time.block_on(pool.checkout()).expect("free"));
        drop(lent);
        assert!(time.block_on(pool.drain(100 * MS)).is_complete());
        assert_eq!(goodbyes.load(Relaxed), 2);
        assert_eq!((pool.status().size, pool.status().closed.shut_down), (0, 2));
        let took = if hangs { 10 * MS } else { Duration::ZERO };
        assert_eq!(time.now(), Tick::ZERO + took, "both at the same time");
    }
}
