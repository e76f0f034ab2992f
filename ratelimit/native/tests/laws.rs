//! The laws that every rate limiter keeps, for each algorithm that lets calls through at once.

use seawall_ratelimit::{Algorithm, RateLimiter, Rule};
use seawall_testkit::limiter::{Bound, Setup};

fn start(setup: &Setup) -> RateLimiter {
    let rule = rule(setup).burst(setup.burst);
    RateLimiter::start(&rule).expect("valid")
}

fn rule(setup: &Setup) -> Rule {
    let rule = Rule::new("subject", setup.limit, setup.period);
    rule.max_keys(setup.max_keys).max_wait(setup.max_wait)
}

/// By windows, which have no burst of their own, or by portions as large.
fn start_as(algorithm: Algorithm, setup: &Setup) -> RateLimiter {
    RateLimiter::start(&rule(setup).algorithm(algorithm)).expect("valid")
}

seawall_testkit::limiter_laws!(start, readme = include_str!("../README.md"), cannot {
    unused_call_was_never_there = "what flows in while tokens are held is not given back with them",
    nothing_comes_back_after_a_reset = "what was taken before a reset and is given back after it, is given back",
});

mod token_bucket {
    use super::*;

    seawall_testkit::limiter_laws!(
        |setup: &Setup| start_as(Algorithm::TokenBucket, setup),
        bound = Bound::FIXED_WINDOW,
        cannot {
            nothing_comes_back_after_a_reset = "what was taken before a reset and is given back after it, is given back",
        }
    );
}

mod fixed_window {
    use super::*;

    seawall_testkit::limiter_laws!(
        |setup: &Setup| start_as(Algorithm::FixedWindow, setup),
        bound = Bound::FIXED_WINDOW,
        cannot {
            nothing_comes_back_after_a_reset = "what was taken before a reset and is given back after it, is given back",
        }
    );
}

mod sliding_window {
    use super::*;

    seawall_testkit::limiter_laws!(
        |setup: &Setup| start_as(Algorithm::SlidingWindow, setup),
        bound = Bound::FIXED_WINDOW,
        cannot {
            limit_is_given_out_in_full = "it takes for granted that the last period's calls came evenly",
            nothing_comes_back_after_a_reset = "what was taken before a reset and is given back after it, is given back",
        }
    );
}
