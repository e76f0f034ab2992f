//! The laws that every rate limiter keeps.

use seawall_ratelimit::{RateLimiter, Rule};
use seawall_testkit::limiter::Setup;

fn start(setup: &Setup) -> RateLimiter {
    let rule = Rule::new("subject", setup.limit, setup.period)
        .burst(setup.burst)
        .max_keys(setup.max_keys)
        .max_wait(setup.max_wait);
    RateLimiter::start(&rule).expect("valid")
}

seawall_testkit::limiter_laws!(start, readme = include_str!("../README.md"), cannot {
    unused_call_was_never_there = "what flows in while tokens are held is not given back with them",
    reset_forgets_one_key = "what was taken before a reset and is given back after it, is given back",
});
