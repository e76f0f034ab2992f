//! Explores with loom all interleavings of threads that share a pool: `RUSTFLAGS="--cfg seawall_loom"
//! cargo test --release -p seawall-pool --lib races`.

use std::convert::Infallible;
use std::future::Future;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use loom::future::block_on;
use loom::thread;
use seawall_core::RefusalKind;
use seawall_core::pool::{Manage, PoolOptions};

use crate::Pool;

struct Units;

impl Manage for Units {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn pool(max_size: u32) -> Pool<Units> {
    let size = NonZeroU32::new(max_size).expect("not zero");
    // Without a deadline: a timer of the process would outlive its model.
    let options = PoolOptions::new().with_max_size(size).with_checkout_timeout(Duration::MAX);
    let pool = Pool::new("pool", Units, options).expect("the options are valid");
    drop(block_on(pool.checkout()).expect("free"));
    pool
}

/// Explores with at most this number of preemptions.
fn explore(preemptions: usize, test: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(test);
}

#[track_caller]
fn is_whole(pool: &Pool<Units>) {
    let status = pool.status();
    assert_eq!((status.borrowed, status.connecting, status.waiting), (0, 0, 0), "{status:?}");
    assert_eq!((status.idle, status.size <= status.max), (status.size, true), "{status:?}");
}

#[test]
fn a_waiter_gets_what_comes_back() {
    explore(3, || {
        let pool = pool(1);
        let held = block_on(pool.checkout_owned()).expect("free");
        let returns = thread::spawn(move || drop(held));
        drop(block_on(pool.checkout()).expect("its turn comes"));
        returns.join().expect("no panic");
        is_whole(&pool);
    });
}

#[test]
fn what_a_waiter_was_given_that_goes_away_is_not_lost() {
    explore(3, || {
        let pool = pool(1);
        let held = block_on(pool.checkout_owned()).expect("free");
        let other = pool.clone();
        let goes_away = thread::spawn(move || {
            let mut checkout = pin!(other.checkout());
            // Polled once, and dropped if it has to wait.
            block_on(std::future::poll_fn(|cx| Poll::Ready(checkout.as_mut().poll(cx).is_ready())))
        });
        drop(held);
        goes_away.join().expect("no panic");
        is_whole(&pool);
        drop(block_on(pool.try_checkout()).expect("idle"));
    });
}

#[test]
fn threads_share_the_permits() {
    explore(2, || {
        let pool = pool(2);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let pool = pool.clone();
                thread::spawn(move || drop(block_on(pool.checkout()).expect("its turn comes")))
            })
            .collect();
        drop(block_on(pool.checkout()).expect("its turn comes"));
        others.into_iter().for_each(|other| other.join().expect("no panic"));
        is_whole(&pool);
    });
}

#[test]
fn what_comes_back_as_the_pool_is_closed_is_closed() {
    explore(3, || {
        let pool = pool(1);
        let held = block_on(pool.checkout_owned()).expect("free");
        let returns = thread::spawn(move || drop(held));
        pool.close();
        let refusal = block_on(pool.checkout()).expect_err("it is closed");
        assert_eq!(refusal.kind(), RefusalKind::ShuttingDown);
        returns.join().expect("no panic");
        assert_eq!(pool.status().size, 0);
    });
}

#[test]
fn a_resize_beside_a_return_loses_no_permit() {
    explore(3, || {
        let pool = pool(2);
        let held = block_on(pool.checkout_owned()).expect("free");
        let returns = thread::spawn(move || drop(held));
        pool.resize(NonZeroU32::MIN).expect("it can be changed");
        pool.resize(NonZeroU32::new(2).expect("not zero")).expect("it can be changed");
        returns.join().expect("no panic");
        is_whole(&pool);
        let both = [(); 2].map(|()| block_on(pool.checkout()).expect("free"));
        assert!(block_on(pool.try_checkout()).is_err());
        drop(both);
    });
}
