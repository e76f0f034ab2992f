use std::cell::RefCell;
use std::convert::Infallible;
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::pool::{Lent, Manage, PoolOptions};

use super::*;
use crate::worker::worker;

thread_local! {
    static MADE: RefCell<Option<Arc<Connections<u32>>>> = const { RefCell::new(None) };
}

/// A rack that its maker can look at.
struct Seen(Arc<Connections<u32>>);

impl Rack for Seen {
    type Resource = u32;
    type Held = Held<u32>;

    fn new(capacity: u32, order: Order, slots: Slots) -> Self {
        let rack = Arc::new(Connections::new(capacity, order, slots));
        MADE.set(Some(Arc::clone(&rack)));
        Self(rack)
    }

    async fn take(&self) -> Self::Held {
        self.0.take().await
    }

    fn keep(held: Self::Held) {
        Connections::keep(held);
    }

    fn discard(held: Self::Held) {
        Connections::discard(held);
    }

    fn remove(&self, which: &mut dyn FnMut(&Slot<u32>) -> bool) -> Vec<Slot<u32>> {
        self.0.remove(which)
    }

    fn grow(&self, capacity: u32) {
        self.0.grow(capacity);
    }
}

struct Sevens;

impl Manage for Sevens {
    type Resource = u32;
    type Error = Infallible;

    async fn create(&self) -> Result<u32, Infallible> {
        Ok(7)
    }
}

type Pool = seawall_pool_kit::Pool<Sevens, Seen>;

fn pool_of(max: u32) -> (Pool, Arc<Connections<u32>>) {
    let max = NonZeroU32::new(max).expect("not zero");
    let pool = Pool::new("pool", Sevens, PoolOptions::new().with_max_size(max));
    (pool, MADE.take().expect("made with it"))
}

/// What the first poll gives.
fn lent_at_once(pool: &Pool) -> Lent<'_, Pool> {
    let lend = pool.lend().deadline(Duration::from_secs(9));
    match pin!(lend.checkout()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(lent) => lent.expect("free"),
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn all_slots_are_made_with_the_rack() {
    let (_pool, rack) = pool_of(20);
    let inner = rack.0.lock();
    assert_eq!((inner.shelf.state().connections, inner.shelf.state().idle_connections), (20, 0));
}

/// Were r2d2's thread needed for anything after a pool was made, this would hang.
#[test]
fn nobody_waits_for_another_thread() {
    let (pool, _) = pool_of(3);
    let (release, blocked) = mpsc::channel::<()>();
    worker().execute(move || blocked.recv().unwrap_or_default());
    for turn in 0..50 {
        let lent = [(); 3].map(|()| lent_at_once(&pool));
        let [kept, discarded, last] = lent;
        drop(kept);
        if turn % 2 == 0 {
            discarded.discard();
        }
        drop(last);
        pool.resize(NonZeroU32::new(1 + turn % 3).expect("not zero"));
        pool.resize(NonZeroU32::new(3).expect("not zero"));
    }
    assert!(pool.status().closed.abandoned > 0 && pool.status().closed.surplus > 0);
    release.send(()).expect("it still blocks");
}

#[test]
fn slots_are_neither_lost_nor_added() {
    let (pool, rack) = pool_of(4);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for turn in 0..300 {
                    let lend = pool.lend().deadline(Duration::from_secs(9));
                    let lent = lend.checkout_blocking().expect("there is time");
                    if turn % 3 == 0 {
                        lent.discard();
                    } else if turn % 50 == 1 {
                        pool.resize(NonZeroU32::new(1 + turn % 4).expect("not zero"));
                    }
                }
            });
        }
    });
    pool.resize(NonZeroU32::new(4).expect("not zero"));
    let lent = [(); 4].map(|()| lent_at_once(&pool));
    let mut inner = rack.0.lock();
    assert_eq!(inner.shelf.state().connections, 4);
    assert!(inner.shelf.pop().is_none() && inner.shelf.spare().is_none(), "all are lent");
    drop((inner, lent));
}

#[test]
fn an_outgrown_r2d2_goes_when_all_that_was_lent_of_it_has_come_back() {
    let (pool, rack) = pool_of(3);
    let [idle, first, second] = [(); 3].map(|()| lent_at_once(&pool));
    drop(idle);
    pool.resize(NonZeroU32::new(9).expect("not zero"));
    assert_eq!(rack.0.lock().outgrown.len(), 1);
    drop(first);
    second.discard();
    assert_eq!(rack.0.lock().outgrown.len(), 1, "one of it is idle since before");
    assert_eq!(pool.status().idle, 2);
    let lent = [(); 9].map(|()| lent_at_once(&pool));
    assert_eq!((pool.status().created, pool.status().borrowed), (10, 9));
    drop(lent);
    assert_eq!(rack.0.lock().outgrown.len(), 0);
    assert_eq!(rack.0.lock().shelf.state().connections, 9);
    let lent = [(); 9].map(|()| lent_at_once(&pool));
    assert_eq!(pool.status().created, 10, "all were idle");
    drop(lent);
}

#[cfg(target_os = "linux")]
#[test]
fn all_pools_share_one_thread() {
    let _pools = [(); 5].map(|()| pool_of(2));
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    assert_eq!(names.filter(|name| name.trim() == "seawall-r2d2").count(), 1);
}
