//! The laws that every rate limiter keeps.

use seawall_ratelimit_governor::{RateLimiter, Rule};
use seawall_testkit::limiter::Setup;

fn start(setup: &Setup) -> RateLimiter {
    let rule = Rule::new("subject", setup.limit, setup.period)
        .burst(setup.burst)
        .max_keys(setup.max_keys)
        .max_wait(setup.max_wait);
    let rule = setup.key_parts.into_iter().fold(rule, Rule::key_parts);
    RateLimiter::start(&rule).expect("valid")
}

seawall_testkit::limiter_laws!(start, readme = include_str!("../README.md"), cannot {
    changing = "governor's quota cannot change",
    waiters_that_leave_free_their_tokens =
        "calls wait for a fixed time, so tokens of one that leaves before others may be lost",
    waiters_behind_leavers_move_up = "calls wait for a fixed time",
});
