//! Seawall's own pool.

use seawall_bench::{Subject, on_tokio};
use seawall_core::Clock;
use seawall_core::pool::PoolOptions;
use seawall_pool::Pool;

use super::deadpool::Raw;
use super::{bb8, r2d2, seawall};
use crate::crowd::Contender;
use crate::numbers::Numbers;
use crate::{tasks, threads};

fn pool(options: PoolOptions) -> Pool<Numbers> {
    Pool::new("bench", Numbers, options).expect("valid options")
}

fn plain() -> Pool<Numbers> {
    pool(seawall::options())
}

pub fn idle() -> Vec<Subject<()>> {
    vec![
        Subject { name: "deadpool", start: |()| tasks::alone(Raw::new()) },
        Subject { name: "deadpool, timeouts", start: |()| tasks::alone(Raw::with_timeouts()) },
        Subject { name: "bb8", start: |()| tasks::alone(on_tokio(bb8::Raw::new())) },
        Subject {
            name: "seawall, checkout",
            start: |()| tasks::alone(seawall::checkout(plain(), Clock::quanta())),
        },
        Subject {
            name: "seawall, with",
            start: |()| tasks::alone(seawall::with(plain(), Clock::quanta())),
        },
        Subject {
            name: "seawall, with, ages",
            start: |()| tasks::alone(seawall::with(pool(seawall::aging()), Clock::quanta())),
        },
        Subject {
            name: "seawall, with, under a breaker",
            start: |()| tasks::alone(seawall::under_breaker(plain(), Clock::quanta())),
        },
        Subject {
            name: "seawall, checkout, system clock",
            start: |()| tasks::alone(seawall::checkout(plain(), Clock::system())),
        },
        Subject {
            name: "seawall, with, system clock",
            start: |()| tasks::alone(seawall::with(plain(), Clock::system())),
        },
    ]
}

/// On a thread, as r2d2 lends.
pub fn blocking() -> Vec<Subject<()>> {
    vec![
        Subject { name: "r2d2", start: |()| threads::alone(r2d2::Raw::new()) },
        Subject {
            name: "seawall, checkout",
            start: |()| threads::alone(seawall::checkout(plain(), Clock::quanta())),
        },
        Subject {
            name: "seawall, with",
            start: |()| threads::alone(seawall::with(plain(), Clock::quanta())),
        },
    ]
}

pub fn pairs() -> Vec<Subject<()>> {
    vec![
        Subject { name: "deadpool", start: |()| tasks::pairs(Raw::new()) },
        Subject { name: "bb8", start: |()| tasks::pairs(on_tokio(bb8::Raw::new())) },
        Subject {
            name: "seawall, checkout",
            start: |()| tasks::pairs(seawall::checkout(plain(), Clock::quanta())),
        },
    ]
}

pub fn crowd() -> Vec<Contender> {
    vec![
        Contender { name: "deadpool", start: |_| tasks::crowd(Raw::new()) },
        Contender { name: "deadpool, timeouts", start: |_| tasks::crowd(Raw::with_timeouts()) },
        Contender { name: "bb8", start: |runtime| tasks::crowd(runtime.block_on(bb8::Raw::new())) },
        Contender {
            name: "seawall, checkout",
            start: |_| tasks::crowd(seawall::checkout(plain(), Clock::quanta())),
        },
        Contender {
            name: "seawall, with",
            start: |_| tasks::crowd(seawall::with(plain(), Clock::quanta())),
        },
        Contender {
            name: "seawall, with, under a breaker",
            start: |_| tasks::crowd(seawall::under_breaker(plain(), Clock::quanta())),
        },
        Contender {
            name: "seawall, with, system clock",
            start: |_| tasks::crowd(seawall::with(plain(), Clock::system())),
        },
        Contender {
            name: "seawall, with, Tokio's clock",
            start: |runtime| {
                let _inside = runtime.enter();
                tasks::crowd(seawall::with(plain(), Clock::tokio()))
            },
        },
    ]
}

pub fn crowd_of_threads() -> Vec<Contender> {
    vec![
        Contender { name: "r2d2", start: |_| threads::crowd(r2d2::Raw::new()) },
        Contender {
            name: "seawall, checkout",
            start: |_| threads::crowd(seawall::checkout(plain(), Clock::quanta())),
        },
        Contender {
            name: "seawall, with",
            start: |_| threads::crowd(seawall::with(plain(), Clock::quanta())),
        },
    ]
}
