//! The laws of pools that deadpool keeps, and the reasons why it cannot keep the others.

use std::time::Duration;

use seawall_pool_deadpool::Pool;
use seawall_testkit::pool::{Dummy, Setup};

fn start(setup: &Setup) -> Pool<Dummy> {
    let options = setup.options.clone().with_check_after(Duration::ZERO);
    seawall_pool_deadpool::start(setup.name, setup.manager.clone(), &options)
        .expect("deadpool has these options")
        .with_driver(setup.driver.clone())
}

seawall_testkit::pool_laws!(start, table = ("../../docs/backends.md", "deadpool"), cannot {
    counts_add_up = "deadpool has no overflow and no minimum of idle ones",
    drain_closes_gracefully = "deadpool drops what is idle",
    dropped_maintain_frees_its_permit = "deadpool connects nothing in the background",
    fifo_lends_the_longest_idle = "the law needs a minimum of idle ones, which deadpool has not",
    lifo_lends_the_last_returned = "the law needs a minimum of idle ones, which deadpool has not",
    maintain_connects_with_backoff = "deadpool connects nothing in the background",
    maintain_is_woken = "deadpool connects nothing in the background",
    maintain_keeps_min_idle = "deadpool connects nothing in the background",
    overflow_has_a_limit = "deadpool has no overflow",
    readings_equal_the_status = "the law needs an overflow, which deadpool has not",
    refusal_names_the_pool_and_its_size = "the law needs an overflow, which deadpool has not",
    resizing_never_exceeds_the_size = "deadpool forgets lent connections that it shrank below",
    returned_overflow_goes_to_a_waiter = "deadpool has no overflow",
    returned_overflow_is_closed = "deadpool has no overflow",
    start_connects_to_nothing = "the law needs a minimum of idle ones, which deadpool has not",
    connect_outlives_its_caller = "deadpool connects in the caller's own time",
    deadline_covers_resetting = "deadpool resets before the next loan, not at return",
    dropped_reset_frees_its_permit = "deadpool resets before the next loan, not at return",
    failing_connects_have_pauses = "deadpool connects for each caller",
});
