//! The laws of rate limiters, for each algorithm.

use seawall_core::{Clock, Driver};
use seawall_ratelimit::{Algorithm, RateLimiter, Rule};
use seawall_testkit::limiter::{Bound, Setup};

fn rule(setup: &Setup, algorithm: Algorithm) -> Rule {
    let rule = Rule::new("subject", setup.limit, setup.period).algorithm(algorithm);
    let rule = rule.max_keys(setup.max_keys);
    let rule = setup.key_parts.into_iter().fold(rule, Rule::key_parts);
    match algorithm {
        Algorithm::Gcra => rule.burst(setup.burst).max_wait(setup.max_wait),
        // Without a `max_wait`, calls wait for as long as the queue is.
        Algorithm::Leaky => rule.burst(setup.burst),
        // The burst of windows is their limit, and so is that of portions here.
        _ => rule.max_wait(setup.max_wait),
    }
}

/// One module for each algorithm: how limiters are started and changed, and their laws.
macro_rules! laws {
    ($module:ident, $algorithm:ident, $bound:ident $(, $law:ident = $reason:literal)*) => {
        mod $module {
            use super::*;

            fn start(setup: &Setup) -> RateLimiter {
                RateLimiter::start(&rule(setup, Algorithm::$algorithm)).expect("a valid rule")
            }

            fn set_rule(limiter: &RateLimiter, setup: &Setup, clock: &Clock) {
                let limiter = limiter.clone().with_driver(Driver::new().with_clock(clock.clone()));
                limiter.set_rule(&rule(setup, Algorithm::$algorithm)).expect("a valid rule");
            }

            seawall_testkit::limiter_laws!(
                start,
                bound = Bound::$bound,
                set_rule = set_rule,
                table = ("../../docs/backends.md", concat!("native, ", stringify!($module))),
                cannot { $($law = $reason,)* }
            );
        }
    };
}

laws!(
    gcra,
    Gcra,
    BUCKET,
    unused_call_leaves_no_trace = "what flows in while tokens are held is not given back with them",
    calls_from_before_a_reset_give_nothing_back =
        "tokens carry no generation, so what was taken before a reset is given back after it"
);
laws!(
    leaky,
    Leaky,
    LEAKY,
    calls_from_before_a_reset_give_nothing_back =
        "tokens carry no generation, so what was taken before a reset is given back after it",
    reset_forgets_one_key = "after a reset, calls that wait are served first",
    full_keys_make_room = "a key is kept while calls wait for it",
    peek_agrees_with_entering = "a peek does not say how long a call would wait for its turn",
    waiters_go_in_order = "a newcomer waits behind the others instead of being refused",
    large_cost_is_not_starved = "a call waits for its turn even if others could go",
    hopeless_waiter_is_refused_at_once = "a call waits for its turn even if others could go",
    call_decides_how_long_it_waits = "a call that sets no `max_wait` waits for its turn"
);
laws!(
    periodic_bucket,
    PeriodicBucket,
    FIXED_WINDOW,
    calls_from_before_a_reset_give_nothing_back =
        "tokens carry no generation, so what was taken before a reset is given back after it"
);
laws!(
    fixed_window,
    FixedWindow,
    FIXED_WINDOW,
    calls_from_before_a_reset_give_nothing_back =
        "tokens carry no generation, so what was taken before a reset is given back after it"
);
laws!(
    sliding_window,
    SlidingWindow,
    FIXED_WINDOW,
    calls_from_before_a_reset_give_nothing_back =
        "tokens carry no generation, so what was taken before a reset is given back after it"
);
