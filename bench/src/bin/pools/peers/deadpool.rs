use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{Pool, PoolBuilder};
use seawall_bench::Subject;
use seawall_core::Clock;
use seawall_pool_deadpool as ours;

use super::seawall;
use crate::crowd::Contender;
use crate::numbers::{Numbers, SIZE};
use crate::peer::{Pairs, Tasks, hold_task};
use crate::tasks;

fn from_settings() -> ours::Pool<Numbers> {
    ours::start("bench", Numbers, &seawall::options()).expect("valid options")
}

fn existing() -> ours::Existing<Numbers> {
    ours::from_pool("bench", &Raw::new().0)
}

pub fn idle() -> Vec<Subject<()>> {
    vec![
        Subject { name: "deadpool", start: |()| tasks::alone(Raw::new()) },
        Subject { name: "deadpool, timeouts", start: |()| tasks::alone(Raw::with_timeouts()) },
        Subject {
            name: "seawall/deadpool, checkout",
            start: |()| tasks::alone(seawall::checkout(from_settings(), Clock::quanta())),
        },
        Subject {
            name: "seawall/deadpool, with",
            start: |()| tasks::alone(seawall::with(from_settings(), Clock::quanta())),
        },
        Subject {
            name: "seawall/deadpool, existing, checkout",
            start: |()| tasks::alone(seawall::checkout(existing(), Clock::quanta())),
        },
        Subject {
            name: "seawall/deadpool, existing, with",
            start: |()| tasks::alone(seawall::with(existing(), Clock::quanta())),
        },
    ]
}

pub fn pairs() -> Vec<Subject<()>> {
    vec![
        Subject { name: "deadpool", start: |()| tasks::pairs(Raw::new()) },
        Subject {
            name: "seawall/deadpool, existing, checkout",
            start: |()| tasks::pairs(seawall::checkout(existing(), Clock::quanta())),
        },
    ]
}

pub fn crowd() -> Vec<Contender> {
    vec![
        Contender { name: "deadpool", start: |_| tasks::crowd(Raw::new()) },
        Contender { name: "deadpool, timeouts", start: |_| tasks::crowd(Raw::with_timeouts()) },
        Contender {
            name: "seawall/deadpool, checkout",
            start: |_| tasks::crowd(seawall::checkout(from_settings(), Clock::quanta())),
        },
        Contender {
            name: "seawall/deadpool, existing, checkout",
            start: |_| tasks::crowd(seawall::checkout(existing(), Clock::quanta())),
        },
        Contender {
            name: "seawall/deadpool, existing, with",
            start: |_| tasks::crowd(seawall::with(existing(), Clock::quanta())),
        },
    ]
}

#[derive(Clone)]
pub struct Raw(Pool<Numbers>);

impl Raw {
    pub fn new() -> Self {
        Self::of(Pool::builder(Numbers))
    }

    /// With timeouts for waiting, connecting and checking, as Seawall's pools have.
    pub fn with_timeouts() -> Self {
        let limit = Some(Duration::from_secs(30));
        let builder = Pool::builder(Numbers).runtime(Runtime::Tokio1);
        Self::of(builder.wait_timeout(limit).create_timeout(limit).recycle_timeout(limit))
    }

    fn of(builder: PoolBuilder<Numbers>) -> Self {
        Self(builder.max_size(SIZE as usize).build().expect("a pool"))
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
