//! The laws of pools that bb8 keeps, and the reasons why it cannot keep the others.

mod ticking;

use seawall_testkit::pool::Setup;

use self::ticking::Ticking;

fn start(setup: &Setup) -> Ticking {
    Ticking::new(setup)
}

seawall_testkit::pool_laws!(start, table = ("../../docs/backends.md", "bb8"), cannot {
    closed_resources_are_counted_by_reason = "bb8 cannot resize",
    closing_refuses_running_checkouts = "the law needs a place that connects for one caller alone",
    counts_add_up = "bb8 has no overflow",
    drain_closes_gracefully = "bb8 drops what is idle",
    dropped_check_frees_its_permit = "bb8 offers another connection that came back meanwhile",
    dropped_connect_frees_its_permit = "a connect of bb8's goes on without its caller",
    dropped_reset_frees_its_permit = "bb8 offers another connection that came back meanwhile",
    growing_serves_waiters = "bb8 cannot resize",
    maintain_closes_old_resources = "bb8 looks for old ones by a timer of its own, in real time",
    maintain_connects_with_backoff = "bb8 connects for callers, and to keep a minimum idle",
    maintain_is_woken = "bb8 does its work in tasks of its own",
    newcomers_do_not_overtake = "a newcomer of bb8's takes what came back before the waiter is polled",
    origin_of_time_does_not_matter = "bb8 cannot resize",
    overflow_has_a_limit = "bb8 has no overflow",
    panic_in_close_frees_its_permit = "bb8 looks for old ones by a timer of its own, in real time",
    panic_in_create_frees_its_permit = "bb8 connects in a task, so a panic becomes an error",
    readings_equal_the_status = "bb8 has no overflow",
    refusal_names_the_pool_and_its_size = "the law needs an overflow, which bb8 has not",
    resizing_never_exceeds_the_size = "bb8 cannot resize",
    returned_overflow_goes_to_a_waiter = "bb8 has no overflow",
    returned_overflow_is_closed = "bb8 has no overflow",
    shrinking_closes_the_surplus = "bb8 cannot resize",
    start_connects_to_nothing = "bb8 tries its minimum again by a timer of its own, in real time",
    status_changes_nothing = "bb8 cannot resize",
    status_counts_by_state = "a connect of bb8's serves whoever comes first",
    threads_never_exceed_max_size = "bb8 loses a wake-up when two threads return at once: one of their waiters waits until its deadline",
    unreachable_is_not_full = "bb8 has no place that a hung connect takes: the next one waits for it",
    waiters_are_woken = "bb8 cannot resize",
    deadline_covers_resetting = "bb8 resets before the next loan, not at return",
    failing_connects_have_pauses = "bb8 connects for each caller",
});
