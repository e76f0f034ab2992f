//! The laws of rate limiters, but for those that governor cannot keep.

use seawall_ratelimit_governor::{RateLimiter, Rule};
use seawall_testkit::limiter::Setup;

fn start(setup: &Setup) -> RateLimiter {
    let rule =
        Rule::new("subject", setup.limit, setup.period).burst(setup.burst).max_wait(setup.max_wait);
    let rule = setup.key_parts.into_iter().fold(rule, Rule::key_parts);
    RateLimiter::start(&rule).expect("valid")
}

seawall_testkit::limiter_laws!(admits_only = start, table = ("../../docs/backends.md", "governor"), cannot {
    peeking = "governor only decides, and so takes tokens where there are enough",
    unused_call_leaves_no_trace = "governor takes no tokens back",
    refund_never_exceeds_the_limit = "governor takes no tokens back",
    reset_forgets_one_key = "governor cannot reset a key",
    calls_from_before_a_reset_give_nothing_back = "governor cannot reset a key",
    exhaust_takes_all_that_is_left = "governor does not know how many tokens are left",
    kept_keys_are_bounded = "governor's stores have no bound; keys that are full again are swept out",
    changing = "governor's quota cannot change",
    waiters_go_in_order = "governor does not queue: each waiter asks again when its tokens may be there",
    large_cost_is_not_starved = "governor does not queue, so calls with small costs may go before",
});
