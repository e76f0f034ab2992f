//! Seawall's native limiter, on the cycle counter unless a name says otherwise.

use std::sync::Arc;
use std::time::Duration;

use seawall_bench::{Batch, Subject, each, poll};
use seawall_core::{Clock, Driver};
use seawall_ratelimit::{RateLimiter, Rule};

use crate::keys::Keys;
use crate::unkeyed::Situation;

pub const UNKEYED: [Subject<Situation>; 3] = [
    Subject { name: "seawall", start: |situation| blocking(Clock::quanta(), situation) },
    Subject {
        name: "seawall, system clock",
        start: |situation| blocking(Clock::system(), situation),
    },
    Subject { name: "seawall, async", start: single_poll },
];

pub const KEYED: [Subject<Arc<Keys>>; 2] = [
    Subject { name: "seawall, from a &str", start: |keys| keyed(Clock::quanta(), &keys, 3) },
    Subject {
        name: "seawall, from a &str, system clock",
        start: |keys| keyed(Clock::system(), &keys, 4),
    },
];

/// Creates a limiter with `rule` on the cycle counter.
pub fn start(rule: &Rule) -> RateLimiter {
    on(Clock::quanta(), rule)
}

fn on(clock: Clock, rule: &Rule) -> RateLimiter {
    let limiter = RateLimiter::start(rule).expect("a valid rule");
    limiter.with_driver(Driver::new().with_clock(clock))
}

fn unkeyed(clock: Clock, situation: Situation) -> RateLimiter {
    let second = Duration::from_secs(1);
    if situation != Situation::Denied {
        return on(clock, &Rule::new("bench", 1_000_000_000, second));
    }
    let limiter = on(clock, &Rule::new("bench", 1, 3600 * second));
    limiter.check(1).expect("the first one is let through");
    limiter
}

fn blocking(clock: Clock, situation: Situation) -> Option<Box<dyn Batch>> {
    let limiter = unkeyed(clock, situation);
    each(move || limiter.check(1).is_ok())
}

fn single_poll(situation: Situation) -> Option<Box<dyn Batch>> {
    let limiter = unkeyed(Clock::quanta(), situation);
    each(move || {
        poll(limiter.protect().max_wait(Duration::ZERO).run(async || Ok::<_, ()>(()))).is_ok()
    })
}

fn keyed(clock: Clock, keys: &Arc<Keys>, turn: usize) -> Option<Box<dyn Batch>> {
    let max_keys = u32::try_from(keys.count()).expect("a million or so");
    let hour = Duration::from_secs(3600);
    let limiter = on(clock, &Rule::new("bench", 1_000_000, hour).max_keys(max_keys));
    for key in keys.fresh() {
        limiter.check_rate(key.as_str(), 1).expect("the first of a million");
    }
    let keys = Arc::clone(keys);
    Some(keys.each(turn, move |key| limiter.check_rate(key.as_str(), 1).is_ok()))
}
