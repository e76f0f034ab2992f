//! The laws of pools that r2d2 keeps, and the reasons why it cannot keep the others.

mod on_thread;

use seawall_testkit::pool::Setup;

use self::on_thread::OnThread;

fn start(setup: &Setup) -> OnThread {
    OnThread::new(setup)
}

seawall_testkit::pool_laws!(start, table = ("../../docs/backends.md", "r2d2"), cannot {
    checkout_timeout_limits_every_checkout = "a checkout of r2d2's blocks its thread, in real time",
    closed_pool_keeps_nothing = "a checkout of r2d2's blocks its thread, in real time",
    closed_resources_are_counted_by_reason = "r2d2 cannot resize",
    closing_refuses_running_checkouts = "a thread that waits in r2d2 is not woken",
    connect_error_is_the_source = "r2d2 tries again until its timeout, and has the error as text",
    connect_has_its_own_limit = "a checkout of r2d2's blocks its thread, in real time",
    counts_add_up = "r2d2 has no overflow",
    dead_connections_share_one_deadline = "a checkout of r2d2's blocks its thread, in real time",
    deadline_covers_checking = "a checkout of r2d2's blocks its thread, in real time",
    deadline_covers_connecting = "a checkout of r2d2's blocks its thread, in real time",
    deadline_covers_resetting = "a checkout of r2d2's blocks its thread, in real time",
    deadline_covers_waiting = "a checkout of r2d2's blocks its thread, in real time",
    deadline_is_one_for_all_stages = "a checkout of r2d2's blocks its thread, in real time",
    drain_closes_gracefully = "r2d2 drops what is idle",
    dropped_check_frees_its_permit = "a checkout of r2d2's blocks its thread, in real time",
    dropped_connect_frees_its_permit = "a checkout of r2d2's blocks its thread, in real time",
    dropped_reset_frees_its_permit = "a checkout of r2d2's blocks its thread, in real time",
    dropped_wait_frees_its_permit = "a checkout of r2d2's blocks its thread, in real time",
    failed_connect_is_reported_at_once = "r2d2 tries again until its timeout",
    failing_connects_do_not_block_the_pool = "r2d2 tries again until its timeout",
    fifo_lends_the_longest_idle = "r2d2 is a stack",
    full_queue_refuses_at_once = "a checkout of r2d2's blocks its thread, in real time",
    growing_serves_waiters = "r2d2 cannot resize",
    last_handle_closes_idle_resources = "a thread of r2d2's may hold the pool for a moment longer",
    maintain_closes_old_resources = "r2d2 looks for old ones by a timer of its own, in real time",
    maintain_connects_with_backoff = "r2d2 connects on threads of its own",
    maintain_is_woken = "r2d2 connects on threads of its own",
    maintain_keeps_min_idle = "r2d2 connects on threads of its own",
    nested_use_gets_its_own_resource = "a checkout of r2d2's blocks its thread, in real time",
    newcomers_do_not_overtake = "a checkout of r2d2's blocks its thread, in real time",
    origin_of_time_does_not_matter = "r2d2 cannot resize",
    overflow_has_a_limit = "r2d2 has no overflow",
    panic_in_close_frees_its_permit = "r2d2 looks for old ones by a timer of its own, in real time",
    panic_in_create_frees_its_permit = "r2d2 connects on threads of its own, so a panic becomes an error",
    readings_equal_the_status = "r2d2 has no overflow",
    refusal_names_the_pool_and_its_size = "the law needs an overflow, which r2d2 has not",
    resizing_never_exceeds_the_size = "r2d2 cannot resize",
    resource_ready_at_the_deadline_is_lent = "a checkout of r2d2's blocks its thread, in real time",
    returned_overflow_goes_to_a_waiter = "r2d2 has no overflow",
    returned_overflow_is_closed = "r2d2 has no overflow",
    shrinking_closes_the_surplus = "r2d2 cannot resize",
    slow_check_leaves_time_to_connect = "a checkout of r2d2's blocks its thread, in real time",
    start_connects_to_nothing = "r2d2 connects its minimum of idle ones at once",
    status_changes_nothing = "r2d2 cannot resize",
    status_counts_by_state = "a checkout of r2d2's blocks its thread, in real time",
    status_is_degraded_until_connected = "r2d2 tries again until its timeout",
    threads_never_exceed_max_size = "a checkout of r2d2's blocks its thread, in real time",
    timeout_reports_the_last_connect_error = "a checkout of r2d2's blocks its thread, in real time",
    unreachable_is_not_full = "a checkout of r2d2's blocks its thread, in real time",
    waiters_are_served_in_arrival_order = "r2d2 wakes any of its waiters",
    waiters_are_woken = "a checkout of r2d2's blocks its thread, in real time",
    waits_are_counted = "a checkout of r2d2's blocks its thread, in real time",
    connect_outlives_its_caller = "a checkout of r2d2's blocks its thread, in real time",
    failing_connects_have_pauses = "r2d2 pauses by a timer of its own, in real time",
    slow_check_costs_one_resource = "a checkout of r2d2's blocks its thread, in real time",
});
