//! Measured use of pools by tasks.

use std::future::Future;
use std::time::Instant;

use seawall_bench::{Batch, on_tokio};
use tokio::runtime::Runtime;
use tokio::task::unconstrained;

use crate::crowd::{Crowd, Turn};
use crate::peer::{Pairs, Tasks};

/// One task that borrows again as soon as it has returned. Tokio does not interrupt it; otherwise,
/// such a loop yields to the timers in every 128th turn.
pub fn alone<T: Tasks>(pool: T) -> Option<Box<dyn Batch>> {
    Some(Box::new(Alone(pool)))
}

struct Alone<T>(T);

impl<T: Tasks> Batch for Alone<T> {
    fn run(&self, calls: u64) -> u64 {
        let pool = self.0.clone();
        spawned(async move {
            let mut through = 0;
            for _ in 0..calls {
                through += u64::from(pool.turn::<false>().await);
            }
            through
        })
    }
}

/// Runs `work` in a task of this thread's runtime, as a service does.
fn spawned(work: impl Future<Output = u64> + Send + 'static) -> u64 {
    on_tokio(async { tokio::spawn(unconstrained(work)).await.expect("no panic") })
}

/// The same with two connections at once.
pub fn pairs<T: Pairs>(pool: T) -> Option<Box<dyn Batch>> {
    Some(Box::new(Two(pool)))
}

struct Two<T>(T);

impl<T: Pairs> Batch for Two<T> {
    fn run(&self, calls: u64) -> u64 {
        let pool = self.0.clone();
        spawned(async move {
            let mut through = 0;
            for _ in 0..calls {
                through += u64::from(pool.pair().await);
            }
            through
        })
    }
}

/// Many tasks on `runtime`.
pub fn crowd<T: Tasks>(pool: T) -> Crowd {
    Box::new(move |runtime, tasks, turns| on(runtime, &pool, tasks, turns))
}

fn on<T: Tasks>(runtime: &Runtime, pool: &T, tasks: usize, turns: usize) -> Vec<Turn> {
    runtime.block_on(async {
        let spawn = |_| tokio::spawn(times(pool.clone(), turns));
        let tasks: Vec<_> = (0..tasks).map(spawn).collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.expect("no panic"));
        }
        all
    })
}

async fn times<T: Tasks>(pool: T, turns: usize) -> Vec<Turn> {
    let mut times = Vec::with_capacity(turns);
    for _ in 0..turns {
        let began = Instant::now();
        assert!(pool.turn::<true>().await, "it is lent");
        times.push(Turn { began, ended: Instant::now() });
    }
    times
}
