use r2d2::Pool;
use seawall_bench::Subject;
use seawall_core::Clock;
use seawall_pool_r2d2::Connections;

use super::seawall;
use crate::crowd::Contender;
use crate::numbers::{Numbers, SIZE};
use crate::peer::{Threads, hold_thread};
use crate::threads;

type Rack = Connections<u64>;

pub fn idle() -> Vec<Subject<()>> {
    vec![
        Subject { name: "r2d2", start: |()| threads::alone(Raw::new()) },
        Subject {
            name: "seawall/r2d2, checkout",
            start: |()| threads::alone(seawall::checkout::<Rack>(Clock::quanta())),
        },
        Subject {
            name: "seawall/r2d2, transaction",
            start: |()| {
                threads::alone(seawall::transaction::<Rack>(seawall::options(), Clock::quanta()))
            },
        },
        Subject {
            name: "seawall/r2d2, transaction, ages",
            start: |()| {
                threads::alone(seawall::transaction::<Rack>(seawall::aging(), Clock::quanta()))
            },
        },
        Subject {
            name: "seawall/r2d2, checkout, system clock",
            start: |()| threads::alone(seawall::checkout::<Rack>(Clock::system())),
        },
        Subject {
            name: "seawall/r2d2, transaction, system clock",
            start: |()| {
                threads::alone(seawall::transaction::<Rack>(seawall::options(), Clock::system()))
            },
        },
    ]
}

pub fn crowd() -> Vec<Contender> {
    vec![
        Contender { name: "r2d2", start: |_| threads::crowd(Raw::new()) },
        Contender {
            name: "seawall/r2d2, checkout",
            start: |_| threads::crowd(seawall::checkout::<Rack>(Clock::quanta())),
        },
        Contender {
            name: "seawall/r2d2, transaction",
            start: |_| {
                threads::crowd(seawall::transaction::<Rack>(seawall::options(), Clock::quanta()))
            },
        },
        Contender {
            name: "seawall/r2d2, transaction, system clock",
            start: |_| {
                threads::crowd(seawall::transaction::<Rack>(seawall::options(), Clock::system()))
            },
        },
    ]
}

/// With default settings: it checks what it lends, times out after 30 seconds, and tracks ages.
#[derive(Clone)]
struct Raw(Pool<Numbers>);

impl Raw {
    fn new() -> Self {
        Self(Pool::builder().max_size(SIZE).build(Numbers).expect("a pool"))
    }
}

impl Threads for Raw {
    fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(mut lent) = self.0.get() else { return false };
        *lent += 1;
        hold_thread::<HOLD>();
        true
    }
}
