//! One deadline over waiting, connecting, checking, resetting and the operation.

use std::error::Error as StdError;
use std::time::Duration;

use seawall_core::pool::{Manage, PoolState, Stage, TooSlow};
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
fn a_connect_that_hangs_is_cut_and_told_from_a_full_pool() {
    let rig = rig(2);
    rig.db.then(Stage::Connecting, Step::Hang);
    let refusal = refused_after(&rig, 30 * MS);
    assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable);
    assert_eq!(refusal.to_string(), "connection pool `db` could not reach its resource");
    let slow = too_slow(&refusal);
    assert_eq!((slow.stage(), slow.after()), (Stage::Connecting, 30 * MS));
    assert_eq!(slow.to_string(), "connecting took longer than 30.0ms");
    assert!(slow.source().is_none());
    let status = rig.pool.status();
    assert_eq!((status.state, status.failed_connects), (PoolState::Degraded, 1));
    rig.assert_whole();
}

#[test]
fn a_check_or_a_reset_that_hangs_is_cut_and_its_connection_closed() {
    for (stage, sentence) in [
        (Stage::Checking, "checking took longer than 30.0ms"),
        (Stage::Resetting, "resetting took longer than 30.0ms"),
    ] {
        let rig = rig(2);
        rig.warm_up(2).db.then(stage, Step::Hang);
        let refusal = refused_after(&rig, 30 * MS);
        assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable);
        assert_eq!(too_slow(&refusal).to_string(), sentence);
        assert_eq!(rig.db.open(), [1], "the one that hung is closed, the other is not");
        let status = rig.pool.status();
        assert_eq!((status.closed.cut_check, status.state), (1, PoolState::Ready));
        rig.assert_whole();
    }
}

#[test]
fn what_was_too_slow_comes_with_the_last_error_of_connecting() {
    let rig = rig(1);
    rig.db.then(Stage::Connecting, Step::Fail("auth failed"));
    rig.take_now().expect_err("auth failed");
    rig.db.then(Stage::Connecting, Step::Hang);
    let refusal = refused_after(&rig, 30 * MS);
    let last = too_slow(&refusal).source().expect("the last error");
    assert_eq!(last.downcast_ref(), Some(&DbError("auth failed")));

    // While one hangs, the others wait for his place: they hear what is behind that too.
    rig.db.then(Stage::Connecting, Step::Hang);
    let mut hanging = Box::pin(rig.pool.checkout());
    assert!(poll(&mut hanging).is_pending());
    let refusal = refused_after(&rig, 30 * MS);
    assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable, "the pool is not too small");
    assert_eq!(too_slow(&refusal).to_string(), "waiting took longer than 30.0ms");
    let last = too_slow(&refusal).source().expect("the last error");
    assert_eq!(last.downcast_ref(), Some(&DbError("auth failed")));
    drop(hanging);
    rig.assert_whole();

    rig.pool.close();
    assert!(rig.pool.last_connect_error().is_none(), "connecting has worked since");
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
fn dead_idle_connections_have_one_deadline_in_all() {
    let rig = rig(8);
    rig.warm_up(8);
    for _ in 0..8 {
        rig.db.then(Stage::Checking, Step::Hang);
    }
    let refusal = refused_after(&rig, 100 * MS);
    assert_eq!(too_slow(&refusal).stage(), Stage::Checking);
    assert_eq!(rig.db.open().len(), 7, "the one that hung is closed; so little time says no more");
    rig.assert_whole();
}

#[test]
fn after_the_pools_own_deadline_dead_idle_connections_are_gone() {
    let rig = rig_with(options(8).with_checkout_timeout(100 * MS));
    rig.warm_up(8);
    for _ in 0..8 {
        rig.db.then(Stage::Checking, Step::Hang);
    }
    let refusal = refused_after(&rig, 100 * MS);
    assert_eq!(too_slow(&refusal).stage(), Stage::Checking);
    assert_eq!(rig.db.open(), [0_u32; 0], "all were idle while it hung");
    let closed = rig.pool.status().closed;
    assert_eq!((closed.cut_check, closed.suspect), (1, 7));
    assert_eq!(rig.take_now().expect("a new one").id, 9);
    rig.assert_whole();
}

#[test]
fn a_check_that_takes_too_long_leaves_time_to_connect_anew() {
    let rig = rig_with(options(8).with_check_timeout(10 * MS));
    rig.warm_up(8);
    for _ in 0..8 {
        rig.db.then(Stage::Checking, Step::Hang);
    }
    let lent = rig.time.block_on(rig.pool.checkout()).expect("a new one");
    assert_eq!((lent.id, rig.time.now()), (9, Tick::ZERO + 10 * MS));
    assert_eq!((rig.pool.status().closed.cut_check, rig.pool.status().closed.suspect), (1, 7));
    drop(lent);
    rig.assert_whole();
}

#[test]
fn what_has_been_used_while_a_check_hung_is_not_condemned() {
    let rig = rig_with(options(3).with_check_timeout(10 * MS));
    let held = rig.take_now().expect("free");
    drop(rig.take_now().expect("free"));
    rig.db.then(Stage::Checking, Step::Hang);
    let mut hanging = Box::pin(rig.pool.checkout());
    assert!(poll(&mut hanging).is_pending());
    let in_use = held.id;
    drop(held);
    rig.time.advance(10 * MS);
    let lent = ready(&mut hanging).expect("the one that was in use");
    assert_eq!((lent.id, rig.db.open()), (in_use, vec![in_use]));
    drop((lent, hanging));
    rig.assert_whole();
}

#[test]
fn a_checkout_goes_through_dead_idle_connections_to_a_new_one() {
    let rig = rig(8);
    rig.warm_up(8);
    for _ in 0..8 {
        rig.db
            .then(Stage::Checking, Step::Take(10 * MS))
            .then(Stage::Resetting, Step::Fail("dead"));
    }
    let answer = rig.pool.with(async |conn| conn.query(0).await, 100 * MS);
    assert_eq!(rig.time.block_on(answer).expect("80 ms are enough"), 9);
    assert_eq!(rig.time.now(), Tick::ZERO + 80 * MS);
    assert_eq!(rig.db.open(), [9], "the dead are gone");
    assert_eq!(rig.pool.status().closed.failed_check, 8);
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
    let pool = Pool::new("tunnelled", Tunnelled(tunnels.pool.clone()), options(1));
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
