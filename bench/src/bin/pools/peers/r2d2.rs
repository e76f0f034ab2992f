use r2d2::Pool;
use seawall_bench::Subject;
use seawall_core::Clock;
use seawall_pool_r2d2 as ours;

use super::seawall;
use crate::crowd::Contender;
use crate::numbers::{Numbers, SIZE};
use crate::peer::{Threads, hold_thread};
use crate::{tasks, threads};

fn from_settings() -> ours::Pool<Numbers> {
    ours::start("bench", Numbers, &seawall::options()).expect("valid options")
}

fn existing() -> ours::Existing<Numbers> {
    ours::from_pool("bench", Raw::new().0)
}

pub fn idle() -> Vec<Subject<()>> {
    vec![
        Subject { name: "r2d2", start: |()| threads::alone(Raw::new()) },
        Subject {
            name: "seawall/r2d2, checkout",
            start: |()| threads::alone(seawall::checkout(from_settings(), Clock::quanta())),
        },
        Subject {
            name: "seawall/r2d2, with",
            start: |()| threads::alone(seawall::with(from_settings(), Clock::quanta())),
        },
        Subject {
            name: "seawall/r2d2, existing, checkout",
            start: |()| threads::alone(seawall::checkout(existing(), Clock::quanta())),
        },
        Subject {
            name: "seawall/r2d2, existing, with",
            start: |()| threads::alone(seawall::with(existing(), Clock::quanta())),
        },
        Subject {
            name: "seawall/r2d2, checkout, in a task",
            start: |()| tasks::alone(seawall::checkout(existing(), Clock::quanta())),
        },
    ]
}

pub fn crowd() -> Vec<Contender> {
    vec![
        Contender { name: "r2d2", start: |_| threads::crowd(Raw::new()) },
        Contender {
            name: "seawall/r2d2, existing, checkout",
            start: |_| threads::crowd(seawall::checkout(existing(), Clock::quanta())),
        },
        Contender {
            name: "seawall/r2d2, existing, with",
            start: |_| threads::crowd(seawall::with(existing(), Clock::quanta())),
        },
    ]
}

/// With default settings: it checks what it lends, times out after 30 seconds, and tracks ages.
#[derive(Clone)]
pub struct Raw(Pool<Numbers>);

impl Raw {
    pub fn new() -> Self {
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
