//! Seawall's limiter over governor.

use std::time::Duration;

use seawall_bench::{Subject, each};
use seawall_core::{Clock, Driver};
use seawall_ratelimit_governor::{RateLimiter, Rule};

use crate::unkeyed::Situation;

pub const UNKEYED: Subject<Situation> = Subject {
    name: "seawall/governor",
    start: |situation| {
        let second = Duration::from_secs(1);
        let denied = situation == Situation::Denied;
        let limiter = match denied {
            true => start(&Rule::new("bench", 1, 3600 * second)),
            false => start(&Rule::new("bench", 1_000_000_000, second)),
        };
        let check = move || limiter.protect().acquire_blocking().map(|permit| permit.success());
        if denied {
            check().expect("the first one is let through");
        }
        each(move || check().is_ok())
    },
};

fn start(rule: &Rule) -> RateLimiter {
    let limiter = RateLimiter::start(rule).expect("a valid rule");
    limiter.with_driver(Driver::new().with_clock(Clock::quanta()))
}
