//! A caller that goes away at any await costs the pool nothing.

use std::time::Duration;

use seawall_core::pool::{Lent, Stage};
use seawall_testkit::cancel;

use crate::promises::support::{Rig, Step, poll, ready, rig};

const SECOND: Duration = Duration::from_secs(1);

/// Drops a transaction with two awaits in its operation at each of its awaits, after `prepare`, and
/// returns in how many places that was.
fn dropped_everywhere(rig: &Rig, prepare: impl Fn(&Rig)) -> usize {
    cancel::at_every_await(
        &rig.time,
        || {
            rig.db.forget_script();
            prepare(rig);
            rig.pool.with(async |conn| conn.query(2).await, SECOND)
        },
        |_| rig.assert_whole(),
    )
}

#[test]
fn dropping_a_transaction_that_connects_loses_nothing() {
    let rig = rig(2);
    let places = dropped_everywhere(&rig, |rig| {
        discard_all(rig);
        rig.db.then(Stage::Connecting, Step::Yield(3));
    });
    assert_eq!(places, 5, "three while connecting, two in the operation");
    assert_eq!(rig.pool.status().closed.cut_check, 0);
}

#[test]
fn dropping_a_use_that_checks_closes_what_it_was_checking() {
    let rig = rig(2);
    let places = dropped_everywhere(&rig, |rig| {
        rig.warm_up(2);
        rig.db.then(Stage::Checking, Step::Yield(2));
    });
    assert_eq!(places, 4, "two checking, two in the operation");
    let closed = rig.pool.status().closed;
    assert_eq!((closed.cut_check, closed.abandoned), (2, 2), "each was closed where it was left");
    assert_eq!(closed.total(), 4);
}

#[test]
fn dropping_a_transaction_that_waits_leaves_the_queue() {
    let rig = rig(1);
    let held = rig.take_now().expect("free");
    let places = cancel::at_every_await(
        &rig.time,
        || rig.pool.with(async |conn| conn.query(0).await, SECOND),
        |_| assert_eq!(rig.pool.status().waiting, 0),
    );
    assert!(places <= 2, "it waits until its deadline; a timer of an earlier waiter may wake it");
    drop(held);
    rig.assert_whole();
}

#[test]
fn a_place_handed_to_a_waiter_that_goes_away_goes_to_the_next() {
    let rig = rig(1);
    let held = rig.take_now().expect("free");
    let mut first = Box::pin(rig.pool.checkout());
    let mut second = Box::pin(rig.pool.checkout());
    assert!(poll(&mut first).is_pending());
    assert!(poll(&mut second).is_pending());
    drop(held);
    drop(first);
    drop(ready(&mut second).expect("the place was handed on"));
    drop(second);
    rig.assert_whole();
}

/// Has no connection idle.
fn discard_all(rig: &Rig) {
    let lent: Vec<_> = (0..rig.pool.status().idle).map(|_| rig.take_now().expect("idle")).collect();
    lent.into_iter().for_each(Lent::discard);
}
