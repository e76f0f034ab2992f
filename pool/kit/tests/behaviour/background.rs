//! The background work: what it does in time, and what is left when it is dropped.

use seawall_core::pool::{Backoff, PoolState};
use seawall_testkit::pool::{Act, Step};

use crate::support::{MS, Rig, options, poll, rig_with_chance};

#[test]
fn dropped_at_every_await_it_leaves_a_pool_that_has_lost_nothing() {
    let options = options(3).with_min_idle(2).with_max_lifetime(10 * MS);
    for awaits in 1.. {
        let rig = Rig::new(options.clone());
        rig.use_all();
        rig.time.advance(10 * MS);
        for act in [Act::Close, Act::Close, Act::Close, Act::Create, Act::Create] {
            rig.dummy.then(act, Step::Yield(2));
        }
        let mut work = Box::pin(rig.pool.maintain());
        for _ in 0..awaits {
            assert!(poll(&mut work).is_pending(), "it ends with the pool");
        }
        drop(work);
        let status = rig.pool.status();
        let (closed, made) = (status.closed.too_old, status.created - 3);
        assert_eq!((status.borrowed, status.connecting), (0, 0), "after {awaits} awaits");
        assert_eq!(u64::from(status.idle), 3 - closed + made, "after {awaits} awaits: {status:?}");
        assert_eq!(status.idle as usize, rig.dummy.alive().len(), "after {awaits} awaits");
        rig.dummy.forget();
        rig.use_all();
        if made == 2 {
            assert_eq!(awaits, 11, "two in each of three closes and two connects, and its rest");
            return;
        }
    }
}

#[test]
fn a_connect_that_hangs_is_cut_and_made_again_after_the_backoff() {
    let backoff = Backoff { first: 100 * MS, most: 100 * MS };
    let options = options(2).with_connect_timeout(30 * MS).with_connect_backoff(backoff);
    let rig = Rig::new(options);
    rig.dummy.then(Act::Create, Step::Hang);
    let mut work = Box::pin(rig.pool.maintain());
    for (time, failed, attempts) in [(0, 0, 1), (29, 0, 1), (1, 1, 1), (99, 1, 1), (1, 1, 2)] {
        rig.time.advance(time * MS);
        assert!(poll(&mut work).is_pending());
        assert_eq!(rig.pool.status().failed_connects, failed, "{time} ms later");
        assert_eq!(rig.dummy.calls(Act::Create), attempts, "{time} ms later");
    }
    assert_eq!((rig.pool.status().state, rig.pool.status().idle), (PoolState::Ready, 1));
}

#[test]
fn chance_shortens_the_backoff() {
    let backoff = Backoff { first: 100 * MS, most: 100 * MS };
    let options = options(2).with_connect_backoff(backoff).with_jitter_percent(50);
    let rig = rig_with_chance(options, &[1_000_000, 500_000, 0]);
    for _ in 0..3 {
        rig.dummy.then(Act::Create, Step::Fail("refused"));
    }
    let mut work = Box::pin(rig.pool.maintain());
    for (attempts, wait) in [(1, 50), (2, 75), (3, 100)] {
        assert!(poll(&mut work).is_pending());
        rig.time.advance((wait - 1) * MS);
        assert!(poll(&mut work).is_pending());
        assert_eq!(rig.dummy.calls(Act::Create), attempts, "it waits for {wait} ms");
        rig.time.advance(MS);
    }
    assert!(poll(&mut work).is_pending());
    assert_eq!(rig.dummy.calls(Act::Create), 4);
}

#[test]
fn it_makes_another_for_one_that_was_closed_in_a_checkout_that_came_to_nothing() {
    let options = options(2).with_min_idle(1).with_check_timeout(MS);
    let rig = Rig::new(options);
    let mut lent = rig.take(2);
    let mut work = Box::pin(rig.pool.maintain());
    for is_dropped in [true, false] {
        assert!(poll(&mut work).is_pending());
        lent.truncate(1);
        assert_eq!(rig.pool.status().idle, 1);
        rig.dummy.then(Act::Check, Step::Hang);
        let mut checkout = Box::pin(rig.pool.lend().deadline(MS).checkout());
        assert!(poll(&mut checkout).is_pending());
        assert!(poll(&mut work).is_pending());
        if is_dropped {
            drop(checkout);
        } else {
            rig.time.advance(MS);
            assert!(poll(&mut checkout).is_ready(), "it is cut");
        }
        assert_eq!(rig.pool.status().idle, 0, "the one that was checked is closed");
        assert!(poll(&mut work).is_pending());
        assert_eq!(rig.pool.status().idle, 1, "another; the checkout was dropped: {is_dropped}");
        lent.extend(rig.take(1));
    }
}

#[test]
fn it_takes_no_place_that_someone_waits_for() {
    let rig = Rig::new(options(1).with_min_idle(1));
    let lent = rig.take(1);
    let mut waiting = Box::pin(rig.pool.checkout());
    assert!(poll(&mut waiting).is_pending());
    let mut work = Box::pin(rig.pool.maintain());
    assert!(poll(&mut work).is_pending());
    lent.into_iter().for_each(seawall_core::pool::Lent::discard);
    assert!(poll(&mut work).is_pending());
    assert_eq!(rig.dummy.made(), 1, "the place is spoken for");
    assert!(poll(&mut waiting).is_ready(), "it connects for itself");
    assert_eq!(rig.dummy.made(), 2);
}
