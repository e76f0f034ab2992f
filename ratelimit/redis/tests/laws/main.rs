//! The laws of rate limiters, over each store: where each call asks for its own tokens, and where calls take
//! from leases.

mod driven;

use seawall_test_servers::stores;
use seawall_testkit::limiter::{Handles, Setup};

use crate::driven::Driven;

/// A burst that is leased.
fn larger() -> Setup {
    let mut setup = Setup::default();
    (setup.limit, setup.burst) = (100, 50);
    setup
}

/// The laws over one store. All stores keep the same, so one of them has columns in the table.
macro_rules! laws {
    ($store:ident $(, direct = $direct:expr, leased = $leased:expr)?) => {
        mod $store {
            use super::*;

            fn start(setup: &Setup) -> Handles {
                Driven::start(setup, stores::$store)
            }

            mod direct {
                use super::*;

                seawall_testkit::limiter_laws!(handles = start, $(table = ("../../docs/backends.md", $direct),)? cannot {
                    whole_limit_is_given_out = "what was just granted takes room in the bucket for some milliseconds, in which nothing flows into a burst of a few tokens",
                    origin_of_time_does_not_matter = "what is granted ends at whole parts of the store's time",
                    extreme_limits_are_kept = "of a key that a store has never seen, it knows only that it is as old as the store",
                    peek_agrees_with_entering = "an instance knows what it holds, and what the store last said",
                    remaining_can_be_spent = "an instance knows what it holds, and what the store last said",
                    reset_time_is_when_all_is_back = "an instance knows what it holds, and what the store last said",
                    waiters_that_leave_free_their_tokens = "a call that waits has the store asked, after which the instance knows more",
                    unused_call_leaves_no_trace = "tokens that come back some milliseconds after they were granted are lost",
                    reset_forgets_one_key = "the store keeps its count",
                });
            }

            mod leased {
                use super::*;

                seawall_testkit::limiter_laws!(handles = start, setup = larger(), $(table = ("../../docs/backends.md", $leased),)? cannot {
                    whole_limit_is_given_out = "what was just granted takes room in the bucket for some milliseconds, in which nothing flows into a burst of a few tokens",
                    retry_after_is_exact = "the store is asked about once a lease, so it is not known exactly when tokens are there",
                    extreme_limits_are_kept = "of a key that a store has never seen, it knows only that it is as old as the store",
                    peek_agrees_with_entering = "an instance knows what it holds, and what the store last said",
                    remaining_can_be_spent = "an instance knows what it holds, and what the store last said",
                    reset_time_is_when_all_is_back = "an instance knows what it holds, and what the store last said",
                    unused_call_leaves_no_trace = "what is leased takes room in the bucket, of which another instance or a peek knows nothing",
                    large_cost_is_not_starved = "the store is asked about once a lease, so it is not known exactly when tokens are there",
                    reset_forgets_one_key = "the store keeps its count",
                });
            }
        }
    };
}

laws!(memory);
laws!(redis, direct = "redis, direct", leased = "redis, leased");
laws!(postgres);
