//! One deadline over waiting, connecting, checking, resetting and the operation.

use std::error::Error as StdError;
use std::time::Duration;

use seawall_core::pool::{Manage, Stage, TooSlow};
use seawall_core::{Driver, Error, Refusal, RefusalKind, Tick};

use crate::Pool;
use crate::promises::support::{Db, DbError, MS, Rig, Step, options, poll, ready, rig, rig_with};

/// Checks out with `deadline`, which is refused after exactly as long.
#[track_caller]
fn refused_after(rig: &Rig, deadline: Duration) -> Refusal {
    let asked = rig.time.now();
    let refused = rig.time.block_on(rig.pool.lend().deadline(deadline).checkout());
    let refusal = refused.expect_err("refused");
    assert_eq!(rig.time.now().since(asked), deadline);
    refusal
}

fn too_slow(refusal: &Refusal) -> &TooSlow {
    refusal.source().expect("a source").downcast_ref().expect("it was too slow")
}

#[test]
fn no_place_in_time_is_a_checkout_timeout_with_the_number_of_places() {
    let rig = rig(2);
    let held = [rig.take_now().expect("free"), rig.take_now().expect("free")];
    let refusal = refused_after(&rig, 30 * MS);
    assert_eq!(refusal.kind(), RefusalKind::CheckoutTimeout);
    assert_eq!(refusal.limit(), Some(2));
    assert!(refusal.source().is_none());
    assert_eq!(
        refusal.to_string(),
        "no resource of connection pool `db` became free in time (2 resources)"
    );
    assert_eq!(rig.time.sleepers(), 0, "no timer is left behind");
    drop(held);
    rig.assert_whole();
}

#[test]
fn one_deadline_covers_the_wait_and_what_comes_after() {
    let rig = rig(1);
    let held = rig.take_now().expect("free");
    rig.db.then(Stage::Checking, Step::Take(30 * MS));
    let mut waiting = Box::pin(rig.pool.lend().deadline(50 * MS).checkout());
    assert!(poll(&mut waiting).is_pending());
    rig.time.advance(40 * MS);
    drop(held);
    assert!(poll(&mut waiting).is_pending(), "it checks");
    rig.time.advance(10 * MS);
    let refusal = ready(&mut waiting).expect_err("50 ms are over");
    assert_eq!(too_slow(&refusal).stage(), Stage::Checking);
    assert_eq!(too_slow(&refusal).after(), 10 * MS, "the wait is not held against the check");
    drop(waiting);
    rig.assert_whole();
}

#[test]
fn one_deadline_covers_the_checkout_and_the_operation() {
    let rig = rig(1);
    rig.db.then(Stage::Connecting, Step::Take(40 * MS));
    let hang = async |_: &mut _| std::future::pending::<Result<(), DbError>>().await;
    let result = rig.time.block_on(rig.pool.with(hang, 50 * MS));
    let Err(Error::TimedOut(elapsed)) = result else { panic!("{result:?}") };
    assert_eq!(elapsed.limit(), 50 * MS, "what the caller gave, not what connecting left of it");
    assert_eq!(rig.time.now(), Tick::ZERO + 50 * MS);
    assert_eq!((rig.db.open(), rig.pool.status().closed.abandoned), (vec![], 1));
    rig.assert_whole();
}

#[test]
fn the_options_bound_a_checkout_that_has_no_deadline_or_a_later_one() {
    let rig = rig_with(options(1).with_checkout_timeout(20 * MS));
    let held = rig.take_now().expect("free");
    for (lend, at) in [
        (rig.pool.lend(), 20 * MS),
        (rig.pool.lend().deadline(60 * MS), 40 * MS),
        (rig.pool.lend().deadline(5 * MS), 45 * MS),
    ] {
        rig.time.block_on(lend.checkout()).expect_err("full");
        assert_eq!(rig.time.now(), Tick::ZERO + at);
    }
    drop(held);
    rig.assert_whole();
}

#[test]
fn a_checkout_timeout_of_zero_still_gets_what_is_there() {
    let rig = rig_with(options(1).with_checkout_timeout(Duration::ZERO));
    let first = rig.take_now().expect("connecting takes no time");
    let refusal = rig.time.block_on(rig.pool.lend().checkout()).expect_err("nothing is there");
    assert_eq!(refusal.kind(), RefusalKind::CheckoutTimeout);
    drop(first);
    drop(rig.take_now().expect("idle"));
    assert_eq!(rig.time.now(), Tick::ZERO);
    rig.assert_whole();
}

#[test]
fn a_resource_that_is_there_at_the_deadline_counts() {
    let rig = rig(1);
    rig.db.then(Stage::Connecting, Step::Take(50 * MS));
    let lent = rig.time.block_on(rig.pool.lend().deadline(50 * MS).checkout());
    drop(lent.expect("in time"));
    assert_eq!(rig.time.now(), Tick::ZERO + 50 * MS);
}

#[test]
fn a_pool_whose_connections_need_another_pool_is_not_blamed_for_it() {
    /// Connects through a tunnel, of which there are few.
    struct Tunnelled(Pool<Db>);

    impl Manage for Tunnelled {
        type Resource = u32;
        type Error = Refusal;

        async fn create(&self) -> Result<u32, Refusal> {
            let tunnel = self.0.checkout().await?;
            Ok(tunnel.id)
        }
    }

    let tunnels = rig(1);
    let driver = Driver::new().with_clock(tunnels.time.clock());
    let pool = Pool::new("tunnelled", Tunnelled(tunnels.pool.clone()), options(1)).expect("valid");
    let pool = pool.with_driver(driver);
    let held = tunnels.take_now().expect("free");
    let refused = tunnels.time.block_on(pool.lend().deadline(30 * MS).checkout());
    let refusal = refused.expect_err("it cannot get a tunnel");
    assert_eq!(refusal.by().name().as_str(), "tunnelled");
    assert_eq!(too_slow(&refusal).stage(), Stage::Connecting, "not waiting: its own place is free");
    drop(held);

    tunnels.db.then(Stage::Checking, Step::Fail("dead")).then(Stage::Connecting, Step::Hang);
    let refused = tunnels.time.block_on(pool.lend().deadline(30 * MS).checkout());
    assert_eq!(too_slow(&refused.expect_err("hangs")).stage(), Stage::Connecting);
    drop(pool);
    tunnels.assert_whole();
}

/// Tokio puts a task off that has done much without waiting; a pool that has a place must not take
/// that for a full one.
#[tokio::test]
async fn a_busy_task_that_may_not_wait_is_never_told_that_a_free_pool_is_full() {
    let rig = rig_with(options(1).with_checkout_timeout(Duration::ZERO));
    for _ in 0..1000 {
        drop(rig.pool.checkout().await.expect("free"));
    }
}
