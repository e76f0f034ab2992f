//! Measured use of pools by threads.

use std::time::Instant;

use seawall_bench::{Batch, each};

use crate::crowd::{Crowd, Turn};
use crate::peer::Threads;

/// One thread that borrows again as soon as it has returned.
pub fn alone<T: Threads>(pool: T) -> Option<Box<dyn Batch>> {
    each(move || pool.turn::<false>())
}

/// Many threads.
pub fn crowd<T: Threads>(pool: T) -> Crowd {
    Box::new(move |_, threads, turns| {
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..threads).map(|_| scope.spawn(|| times(&pool, turns))).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
        })
    })
}

fn times<T: Threads>(pool: &T, turns: usize) -> Vec<Turn> {
    let mut times = Vec::with_capacity(turns);
    for _ in 0..turns {
        let began = Instant::now();
        assert!(pool.turn::<true>(), "it is lent");
        times.push(Turn { began, ended: Instant::now() });
    }
    times
}
