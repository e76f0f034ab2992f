use bb8::Pool;
use seawall_bench::{Subject, on_tokio};
use seawall_core::Clock;
use seawall_pool_bb8::Connections;

use super::seawall;
use crate::crowd::Contender;
use crate::numbers::{Numbers, SIZE};
use crate::peer::{Pairs, Tasks, hold_task};
use crate::tasks;

type Rack = Connections<u64>;

pub fn idle() -> Vec<Subject<()>> {
    vec![
        Subject { name: "bb8", start: |()| tasks::alone(on_tokio(Raw::new())) },
        Subject {
            name: "seawall/bb8, checkout",
            start: |()| tasks::alone(seawall::checkout::<Rack>(Clock::quanta())),
        },
        Subject {
            name: "seawall/bb8, transaction",
            start: |()| {
                tasks::alone(seawall::transaction::<Rack>(seawall::options(), Clock::quanta()))
            },
        },
        Subject {
            name: "seawall/bb8, transaction, ages",
            start: |()| {
                tasks::alone(seawall::transaction::<Rack>(seawall::aging(), Clock::quanta()))
            },
        },
        Subject {
            name: "seawall/bb8, checkout, system clock",
            start: |()| tasks::alone(seawall::checkout::<Rack>(Clock::system())),
        },
        Subject {
            name: "seawall/bb8, transaction, system clock",
            start: |()| {
                tasks::alone(seawall::transaction::<Rack>(seawall::options(), Clock::system()))
            },
        },
    ]
}

pub fn pairs() -> Vec<Subject<()>> {
    vec![
        Subject { name: "bb8", start: |()| tasks::pairs(on_tokio(Raw::new())) },
        Subject {
            name: "seawall/bb8, checkout",
            start: |()| tasks::pairs(seawall::checkout::<Rack>(Clock::quanta())),
        },
    ]
}

pub fn crowd() -> Vec<Contender> {
    vec![
        Contender { name: "bb8", start: |runtime| tasks::crowd(runtime.block_on(Raw::new())) },
        Contender {
            name: "seawall/bb8, checkout",
            start: |_| tasks::crowd(seawall::checkout::<Rack>(Clock::quanta())),
        },
        Contender {
            name: "seawall/bb8, transaction",
            start: |_| {
                tasks::crowd(seawall::transaction::<Rack>(seawall::options(), Clock::quanta()))
            },
        },
        Contender {
            name: "seawall/bb8, transaction, system clock",
            start: |_| {
                tasks::crowd(seawall::transaction::<Rack>(seawall::options(), Clock::system()))
            },
        },
        Contender {
            name: "seawall/bb8, transaction, Tokio's clock",
            start: |runtime| {
                let _inside = runtime.enter();
                tasks::crowd(seawall::transaction::<Rack>(seawall::options(), Clock::tokio()))
            },
        },
    ]
}

/// With default settings: it checks what it lends, times out after 30 seconds, and tracks ages.
#[derive(Clone)]
struct Raw(Pool<Numbers>);

impl Raw {
    async fn new() -> Self {
        Self(Pool::builder().max_size(SIZE).build(Numbers).await.expect("a pool"))
    }
}

impl Pairs for Raw {
    async fn pair(&self) -> bool {
        let Ok(mut one) = self.0.get().await else { return false };
        let Ok(mut other) = self.0.get().await else { return false };
        *one += 1;
        *other += 1;
        true
    }
}

impl Tasks for Raw {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(mut lent) = self.0.get().await else { return false };
        *lent += 1;
        hold_task::<HOLD>().await;
        true
    }
}
