//! The laws that every rate limiter keeps.

use seawall_ratelimit_governor::{RateLimiter, Rule};
use seawall_testkit::limiter::Setup;

fn start(setup: &Setup) -> RateLimiter {
    let rule = Rule::new("subject", setup.limit, setup.period)
        .burst(setup.burst)
        .max_keys(setup.max_keys)
        .max_wait(setup.max_wait);
    RateLimiter::start(&rule).expect("valid")
}

seawall_testkit::limiter_laws!(start, readme = include_str!("../README.md"));
