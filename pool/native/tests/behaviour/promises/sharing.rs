//! Tasks and threads share one pool, and races lose nothing.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use seawall_core::pool::Stage;
use seawall_core::{Error, RefusalKind};

use crate::promises::support::{Conn, DbError, MS, Step, options, poll, rig, rig_with};

const SECOND: Duration = Duration::from_secs(1);

/// Counts the borrowers, at most three.
#[derive(Clone, Default)]
struct Room(Arc<AtomicU32>);

impl Room {
    fn enter(&self) {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) < 3, "more than there is");
    }

    fn leave(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_and_threads_never_have_more_than_there_is() {
    let (rig, room) = (rig(3), Room::default());
    let threads = [(); 4].map(|()| {
        let (pool, room) = (rig.pool.clone(), room.clone());
        tokio::task::spawn_blocking(move || {
            for _ in 0..200 {
                let work = |conn: &mut Conn| {
                    room.enter();
                    std::thread::yield_now();
                    room.leave();
                    Ok::<_, DbError>(conn.id)
                };
                pool.with_blocking(work, SECOND).expect("there is time");
            }
        })
    });
    let tasks = [(); 8].map(|()| {
        let (pool, room) = (rig.pool.clone(), room.clone());
        tokio::spawn(async move {
            for _ in 0..200 {
                let work = async |conn: &mut Conn| {
                    room.enter();
                    tokio::task::yield_now().await;
                    room.leave();
                    conn.query(1).await
                };
                pool.with(work, SECOND).await.expect("there is time");
            }
        })
    });
    for caller in threads.into_iter().chain(tasks) {
        caller.await.expect("no panic");
    }
    rig.assert_whole();
}

#[test]
fn timeouts_that_race_returns_lose_nothing() {
    let rig = rig(2);
    let done = AtomicBool::new(false);
    let (served, refused) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    for turn in 0..400_u32 {
                        rig.db.then(Stage::Checking, Step::Yield(turn as usize % 3));
                        let work = |_: &mut Conn| {
                            (0..turn % 4).for_each(|_| std::thread::yield_now());
                            if turn % 7 == 0 { Err(DbError("no")) } else { Ok(()) }
                        };
                        match rig.pool.with_blocking(work, MS) {
                            Ok(()) | Err(Error::Failed(_)) => {
                                served.fetch_add(1, Ordering::Relaxed)
                            }
                            Err(Error::Refused(refusal)) => {
                                assert!(matches!(
                                    refusal.kind(),
                                    RefusalKind::CheckoutTimeout
                                        | RefusalKind::ResourceUnavailable
                                        | RefusalKind::Deadline
                                ));
                                refused.fetch_add(1, Ordering::Relaxed)
                            }
                            Err(Error::TimedOut(elapsed)) => {
                                panic!("a thread cannot be cut: {elapsed}")
                            }
                        };
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                rig.time.advance_to_next();
                let status = rig.pool.status();
                assert_eq!(status.idle + status.borrowed, status.size);
                assert!(status.size <= status.max, "{status:?}");
                std::thread::yield_now();
            }
        });
        let joined: Vec<_> = callers.into_iter().map(ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        joined.into_iter().for_each(|caller| caller.expect("no panic"));
    });
    assert_eq!(served.load(Ordering::Relaxed) + refused.load(Ordering::Relaxed), 2400);
    assert!(refused.load(Ordering::Relaxed) > 0 && served.load(Ordering::Relaxed) > 0);
    rig.assert_whole();
}

#[test]
fn sizes_that_change_while_everything_is_in_use_lose_nothing() {
    let rig = rig_with(options(8).with_max_lifetime(5 * MS));
    let size =
        |max| rig.pool.resize(NonZeroU32::new(max).expect("not zero")).expect("it can be changed");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for turn in 0..500_u32 {
                        let lent = rig.pool.lend().deadline(SECOND).checkout_blocking();
                        let lent = lent.expect("there is time");
                        if turn % 5 == 0 {
                            lent.discard();
                        }
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut work = Box::pin(rig.pool.maintain());
            for max in [1, 8, 3, 12, 2, 16].into_iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                size(max);
                rig.time.advance(MS / 4);
                assert!(poll(&mut work).is_pending());
                std::thread::yield_now();
            }
        });
        let joined: Vec<_> = callers.into_iter().map(ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        joined.into_iter().for_each(|caller| caller.expect("no panic"));
    });
    size(16);
    rig.assert_whole();
}
