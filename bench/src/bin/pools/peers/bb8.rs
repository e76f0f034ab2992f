use bb8::Pool;
use seawall_bench::{Subject, on_tokio};
use seawall_core::Clock;
use seawall_pool_bb8 as ours;

use super::seawall;
use crate::crowd::Contender;
use crate::numbers::{Numbers, SIZE};
use crate::peer::{Pairs, Tasks, hold_task};
use crate::tasks;

fn from_settings() -> ours::Pool<Numbers> {
    ours::start("bench", Numbers, &seawall::options()).expect("valid options")
}

fn existing(raw: Raw) -> ours::Existing<Numbers> {
    ours::from_pool("bench", raw.0)
}

pub fn idle() -> Vec<Subject<()>> {
    vec![
        Subject { name: "bb8", start: |()| tasks::alone(on_tokio(Raw::new())) },
        Subject { name: "bb8, owned", start: |()| tasks::alone(Owned(on_tokio(Raw::new()).0)) },
        Subject { name: "bb8, timeout", start: |()| tasks::alone(Timed(on_tokio(Raw::new()))) },
        Subject {
            name: "seawall/bb8, checkout",
            start: |()| tasks::alone(seawall::checkout(from_settings(), Clock::quanta())),
        },
        Subject {
            name: "seawall/bb8, with",
            start: |()| tasks::alone(seawall::with(from_settings(), Clock::quanta())),
        },
        Subject {
            name: "seawall/bb8, existing, checkout",
            start: |()| {
                let pool = existing(on_tokio(Raw::new()));
                tasks::alone(seawall::checkout(pool, Clock::quanta()))
            },
        },
        Subject {
            name: "seawall/bb8, existing, with, no deadline",
            start: |()| {
                let pool = existing(on_tokio(Raw::new()));
                tasks::alone(seawall::unlimited(pool, Clock::quanta()))
            },
        },
        Subject {
            name: "seawall/bb8, existing, with",
            start: |()| {
                let pool = existing(on_tokio(Raw::new()));
                tasks::alone(seawall::with(pool, Clock::quanta()))
            },
        },
    ]
}

pub fn crowd() -> Vec<Contender> {
    vec![
        Contender { name: "bb8", start: |runtime| tasks::crowd(runtime.block_on(Raw::new())) },
        Contender {
            name: "seawall/bb8, existing, checkout",
            start: |runtime| {
                let pool = existing(runtime.block_on(Raw::new()));
                tasks::crowd(seawall::checkout(pool, Clock::quanta()))
            },
        },
        Contender {
            name: "seawall/bb8, existing, with",
            start: |runtime| {
                let pool = existing(runtime.block_on(Raw::new()));
                tasks::crowd(seawall::with(pool, Clock::quanta()))
            },
        },
    ]
}

/// With default settings: it checks what it lends, times out after 30 seconds, and tracks ages.
#[derive(Clone)]
pub struct Raw(Pool<Numbers>);

impl Raw {
    pub async fn new() -> Self {
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

/// Limits the time of the checkout and the use together, as `with` does.
#[derive(Clone)]
struct Timed(Raw);

impl Tasks for Timed {
    async fn turn<const HOLD: bool>(&self) -> bool {
        tokio::time::timeout(seawall::DEADLINE, self.0.turn::<HOLD>()).await.unwrap_or(false)
    }
}

/// Takes guards that own a handle to the pool, as Seawall does over it.
#[derive(Clone)]
struct Owned(Pool<Numbers>);

impl Tasks for Owned {
    async fn turn<const HOLD: bool>(&self) -> bool {
        let Ok(mut lent) = self.0.get_owned().await else { return false };
        *lent += 1;
        hold_task::<HOLD>().await;
        true
    }
}
