//! A pool that is closed lets go of everyone at once and keeps nothing open.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use seawall_core::pool::{Pool as Spi, PoolState, Stage, Terms};
use seawall_core::{Clock, Deadline, Exit, RefusalKind, Tick, Verdict};

use crate::Pool;
use crate::promises::support::{OnDrops, Step, options, poll, ready, rig};

#[test]
fn whoever_waits_connects_or_checks_is_refused_at_once_and_so_are_newcomers() {
    let rig = rig(3);
    rig.warm_up(1).db.then(Stage::Checking, Step::Hang).then(Stage::Connecting, Step::Hang);
    let mut checking = Box::pin(rig.pool.checkout());
    assert!(poll(&mut checking).is_pending());
    let mut connecting = Box::pin(rig.pool.checkout());
    assert!(poll(&mut connecting).is_pending());
    let held = rig.take_now().expect("the third");
    let mut waiting = Box::pin(rig.pool.checkout());
    assert!(poll(&mut waiting).is_pending());

    rig.pool.clone().close();
    for checkout in [&mut checking, &mut connecting, &mut waiting] {
        let refusal = ready(checkout).expect_err("closed");
        assert_eq!(refusal.kind(), RefusalKind::ShuttingDown);
        assert_eq!(refusal.to_string(), "connection pool `db` is shutting down");
    }
    assert_eq!(rig.take_now().expect_err("closed").kind(), RefusalKind::ShuttingDown);
    assert_eq!(rig.time.now().as_nanos(), 0);

    assert_eq!(rig.db.open(), [held.id], "only what is lent is open");
    assert_eq!((rig.pool.status().state, rig.pool.status().size), (PoolState::Closed, 1));
    drop(held);
    assert_eq!(rig.db.open(), [0_u32; 0]);
    let closed = rig.pool.status().closed;
    assert_eq!((closed.cut_check, closed.shut_down, closed.total()), (1, 1, 2));
    assert_eq!(rig.pool.status().failed_connects, 0, "its end is not known");
    drop((checking, connecting, waiting));
    rig.assert_books_close();
}

#[test]
fn a_waiter_that_was_just_given_a_resource_leaves_none_behind() {
    let rig = rig(1);
    let held = rig.take_now().expect("free");
    let mut waiting = Box::pin(rig.pool.checkout());
    assert!(poll(&mut waiting).is_pending());
    drop(held);
    rig.pool.close();
    assert_eq!(ready(&mut waiting).expect_err("closed").kind(), RefusalKind::ShuttingDown);
    assert_eq!(rig.db.open(), [0_u32; 0]);
    assert_eq!(rig.pool.status().closed.shut_down, 1);
    drop(waiting);
    rig.assert_books_close();
}

#[test]
fn closing_twice_is_closing_once() {
    let rig = rig(2);
    rig.warm_up(2);
    rig.pool.close();
    rig.pool.close();
    let status = rig.pool.status();
    assert_eq!((status.size, status.idle, status.closed.shut_down), (0, 0, 2));
    assert_eq!(rig.db.open(), [0_u32; 0]);
}

#[test]
fn closing_wakes_whoever_waits_connects_or_checks() {
    let rig = rig(3);
    rig.warm_up(1).db.then(Stage::Checking, Step::Hang).then(Stage::Connecting, Step::Hang);
    let mut checkouts: Vec<_> = (0..2).map(|_| Box::pin(rig.pool.checkout())).collect();
    let wakers = [(); 3].map(|()| Arc::new(Woken::default()));
    let mut wakes = wakers.iter().map(|woken| Waker::from(Arc::clone(woken)));
    let mut start = |checkout: &mut Pin<Box<_>>| poll_with(checkout, &wakes.next().expect("three"));
    checkouts.iter_mut().for_each(|checkout| assert!(start(checkout).is_pending()));
    let held = rig.take_now().expect("the third");
    checkouts.push(Box::pin(rig.pool.checkout()));
    assert!(start(&mut checkouts[2]).is_pending());
    rig.pool.close();
    assert!(wakers.iter().all(|woken| woken.0.load(Ordering::Relaxed)), "{wakers:?}");
    drop(held);
}

#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn poll_with<F: Future>(future: &mut Pin<Box<F>>, waker: &Waker) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// deadpool drops what it shrinks by under its lock, where this would wait for ever.
#[test]
fn a_resource_may_use_the_pool_as_it_is_dropped() {
    let pool = Pool::new("pool", OnDrops, options(2)).expect("valid");
    let mut lent = pool.lend().checkout_blocking().expect("free");
    let itself = pool.clone();
    lent.set(move || itself.close());
    drop(lent);
    pool.close();
    assert_eq!((pool.status().size, pool.status().closed.shut_down), (0, 1));
}

/// A resource gives another back as it is closed, when its place is spoken for already.
#[test]
fn what_comes_back_while_the_pool_closes_is_closed() {
    let pool = Pool::new("pool", OnDrops, options(2)).expect("valid");
    let clock = Clock::system();
    let take = || Box::pin(Spi::checkout(&pool, Terms::by(Deadline::new(&clock, Tick::MAX))));
    let give_back =
        |pool: &Pool<_>, item| pool.checkin(item, &Exit::at(Tick::ZERO, Verdict::Success));
    let (mut first, second) =
        (ready(&mut take()).expect("free"), ready(&mut take()).expect("free"));
    let mut waiting = [take(), take()];
    waiting.iter_mut().for_each(|waiter| assert!(poll(waiter).is_pending()));
    let itself = pool.clone();
    first.set(move || give_back(&itself, second));
    give_back(&pool, first);
    pool.close();
    let status = pool.status();
    assert_eq!((status.size, status.idle, status.closed.shut_down), (0, 0, 2));
    for waiter in &mut waiting {
        let refusal = ready(waiter).expect_err("closed");
        assert_eq!(refusal.kind(), RefusalKind::ShuttingDown);
    }
}
