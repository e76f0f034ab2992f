//! bb8 asks for Tokio's timers and tasks; a pool over it needs neither.

use std::cell::OnceCell;
use std::num::NonZeroU32;
use std::sync::mpsc;
use std::time::Duration;

use seawall_core::pool::PoolOptions;
use seawall_core::{Clock, Driver};
use tokio::runtime::{Builder, Runtime};

use crate::Pool;
use crate::promises::support::{Conn, Db, DbError};

const SECOND: Duration = Duration::from_secs(1);

fn pool() -> Pool<Db> {
    let driver = Driver::new();
    let db = Db::new(driver.clock().clone());
    Pool::new("db", db, PoolOptions::new()).with_driver(driver)
}

/// A runtime whose timers would panic.
fn without_timers() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

async fn use_once(pool: &Pool<Db>) -> u32 {
    let work = async |conn: &mut Conn| conn.query(1).await;
    pool.with(work, SECOND).await.expect("free")
}

#[test]
fn a_thread_without_a_runtime_makes_and_uses_a_pool() {
    let pool = pool();
    let work = |conn: &mut Conn| Ok::<_, DbError>(conn.id);
    for _ in 0..3 {
        assert_eq!(pool.with_blocking(work, SECOND).expect("free"), 1);
    }
    assert_eq!(pool.status().idle, 1);
}

#[test]
fn a_runtime_without_timers_will_do() {
    let runtime = without_timers();
    runtime.block_on(async {
        let pool = pool();
        for _ in 0..3 {
            assert_eq!(use_once(&pool).await, 1);
        }
    });
}

#[test]
fn a_pool_outlives_the_runtime_that_it_was_made_and_used_in() {
    let first = without_timers();
    let pool = first.block_on(async {
        let pool = pool();
        use_once(&pool).await;
        pool
    });
    drop(first);
    assert_eq!(without_timers().block_on(use_once(&pool)), 1);
    let work = |conn: &mut Conn| Ok::<_, DbError>(conn.id);
    assert_eq!(pool.with_blocking(work, SECOND).expect("free"), 1);
}

#[test]
fn a_pool_may_end_with_its_thread() {
    thread_local! {
        static MINE: OnceCell<Pool<Db>> = const { OnceCell::new() };
    }
    let db = Db::new(Clock::system());
    let theirs = db.clone();
    let used = std::thread::spawn(move || {
        MINE.with(|mine| {
            let pool = mine.get_or_init(|| Pool::new("db", theirs, PoolOptions::new()));
            let work = |conn: &mut Conn| Ok::<_, DbError>(conn.id);
            [(); 2].map(|()| pool.with_blocking(work, SECOND).expect("free"))
        })
    });
    assert_eq!(used.join().expect("no panic, not even at its end"), [1, 1]);
    assert_eq!(db.open(), [0_u32; 0]);
}

/// bb8 gives nothing where Tokio has ended with its thread. What came back last is not with bb8.
#[test]
fn a_checkout_while_its_thread_ends_connects_and_what_is_too_many_is_closed() {
    struct AtTheEnd(Pool<Db>, mpsc::Sender<[(u32, u32); 2]>);

    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let Self(pool, told) = self;
            let lent = [(); 2].map(|()| {
                let lent = pool.lend().deadline(SECOND).checkout_blocking().expect("free");
                (lent, pool.status().size)
            });
            told.send(lent.map(|(conn, size)| (conn.id, size))).expect("heard");
        }
    }

    thread_local! {
        static MINE: OnceCell<AtTheEnd> = const { OnceCell::new() };
    }
    let two = PoolOptions::new().with_max_size(NonZeroU32::new(2).expect("two"));
    let db = Db::new(Clock::system());
    let pool = Pool::new("db", db.clone(), two);
    let (tell, told) = mpsc::channel();
    let theirs = pool.clone();
    let ended = std::thread::spawn(move || {
        MINE.with(|mine| {
            // What a thread has used first ends last: Tokio ends before this.
            let AtTheEnd(pool, _) = mine.get_or_init(|| AtTheEnd(theirs, tell));
            let lend = || pool.lend().deadline(SECOND).checkout_blocking().expect("free");
            // The second time, bb8 is asked, and so Tokio is.
            [(); 2].map(|()| [(); 2].map(|()| lend()).map(|conn| conn.id))
        })
    });
    assert_eq!(ended.join().expect("no panic, not even at its end"), [[1, 2], [2, 1]]);
    assert_eq!(told.recv(), Ok([(1, 2), (3, 3)]), "another, though the first is idle");
    assert_eq!((db.open(), pool.status().closed.surplus), (vec![2, 3], 1));
    let lend = || pool.lend().deadline(SECOND).checkout_blocking().expect("free");
    assert_eq!([(); 2].map(|()| lend()).map(|conn| conn.id), [3, 2]);
}
