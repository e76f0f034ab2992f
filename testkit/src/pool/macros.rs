/// The list of all laws: module and sentence.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_pool_law {
    ({ $($then:tt)* } { $($rest:tt)* }) => {
        $($then)*! { [
            never_more_are_lent_than_max in places:
                "At most `max_size` resources are lent at once, and all of them can be.",
            overflow_has_a_limit in places:
                "While all are lent, at most `max_overflow` further resources are lent.",
            returned_overflow_is_closed in places:
                "Returned overflow is closed if no caller waits for it.",
            returned_overflow_goes_to_a_waiter in places:
                "Returned overflow goes to a waiter, and is closed if that waiter goes away.",
            resizing_never_exceeds_the_size in places:
                "However often a pool is resized, it never lends more resources than its size.",
            shrinking_closes_the_surplus in places:
                "A smaller pool closes its surplus: idle resources now, lent ones when they are returned.",
            growing_serves_waiters in places:
                "A larger pool serves waiters, up to its new size.",
            nested_use_gets_its_own_resource in places:
                "A use inside another use gets a resource of its own, or is refused in time.",
            panic_in_create_frees_its_permit in panics:
                "A `create` that panics releases its permit, and counts as a failed connect.",
            panic_in_check_frees_its_permit in panics:
                "A `check` that panics closes its resource and releases its permit.",
            panic_in_reset_frees_its_permit in panics:
                "A `reset` that panics closes its resource and releases its permit.",
            panic_in_is_broken_frees_its_permit in panics:
                "An `is_broken` that panics closes its resource and releases its permit.",
            panic_in_close_frees_its_permit in panics:
                "A resource that panics while it is closed releases its permit.",
            panic_of_a_borrower_frees_its_permit in panics:
                "A borrower that panics releases its permit, and its resource is closed.",
            dropped_wait_frees_its_permit in dropped:
                "A wait that is dropped leaves the queue, and passes on a permit that it was granted.",
            dropped_connect_frees_its_permit in dropped:
                "A checkout that is dropped while it connects loses no permit.",
            dropped_check_frees_its_permit in dropped:
                "A check that is dropped at any await closes its resource and releases its permit.",
            dropped_reset_frees_its_permit in dropped:
                "A checkout that is dropped during a reset, at any await, loses no permit.",
            dropped_use_frees_its_permit in dropped:
                "A use that is dropped at any await releases its permit, and its resource is closed.",
            dropped_maintain_frees_its_permit in dropped:
                "Background work that is dropped at any await releases its permit.",
            dropped_drain_leaves_a_closed_pool in dropped:
                "A drain that is dropped at any await leaves a closed, empty pool.",
            deadline_covers_waiting in deadline:
                "A wait for a permit ends at the deadline, as `CheckoutTimeout`.",
            deadline_covers_connecting in deadline:
                "A checkout whose connect hangs is cut at its deadline and reported as such; the permit is not lost.",
            connect_outlives_its_caller in deadline:
                "A connect whose caller goes away is finished for the next one, and not begun again.",
            failing_connects_have_pauses in deadline:
                "After a failed connect, callers are refused for a moment, without further attempts, and learn when to retry.",
            deadline_covers_checking in deadline:
                "A hung check is cut at the deadline, reported as such, and its resource is closed.",
            deadline_covers_resetting in deadline:
                "A hung reset keeps no caller beyond its deadline, and its resource is closed.",
            deadline_is_one_for_all_stages in deadline:
                "Waiting and checking share one deadline.",
            dead_connections_share_one_deadline in deadline:
                "However many dead resources a checkout meets, it has one deadline, and they are removed.",
            slow_check_costs_one_resource in deadline:
                "A check that takes too long costs one resource; another that is good is lent.",
            slow_check_leaves_time_to_connect in deadline:
                "A check that exceeds its limit leaves its checkout the rest of its time.",
            connect_has_its_own_limit in deadline:
                "A connect takes at most `connect_timeout`, whatever time its checkout has left.",
            checkout_timeout_limits_every_checkout in deadline:
                "A checkout takes at most `checkout_timeout`, whatever its deadline.",
            resource_ready_at_the_deadline_is_lent in deadline:
                "A resource that is ready exactly at the deadline is lent.",
            connect_error_is_the_source in refusal:
                "The error of a failed connect is the source of the refusal, unchanged.",
            timeout_reports_the_last_connect_error in refusal:
                "A checkout that was cut reports the last connect error, until a connect succeeds.",
            unreachable_is_not_full in refusal:
                "A waiter whose pool has only hung connects is refused as unreachable, not as full.",
            failed_connect_is_reported_at_once in refusal:
                "A failed connect is reported at once, without another attempt.",
            failing_connects_do_not_block_the_pool in refusal:
                "However often connects fail, each caller gets the error, and later connects can succeed.",
            checkout_without_waiting_answers_at_once in refusal:
                "A checkout that may not wait gets an idle resource, or is refused as full at once.",
            full_queue_refuses_at_once in refusal:
                "With `max_waiting` waiters, the next caller is refused as full at once.",
            refusal_names_the_pool_and_its_size in refusal:
                "The refusal of a full pool contains its name and its size.",
            waiters_are_served_in_arrival_order in order:
                "Waiters are served in arrival order.",
            newcomers_do_not_overtake in order:
                "A newcomer does not get a permit before a waiter.",
            waiters_are_woken in order:
                "A waiter is woken when a permit is free for it, and when the pool is closed.",
            lifo_lends_the_last_returned in order:
                "LIFO lends the resource returned last, before one that background work has made.",
            fifo_lends_the_longest_idle in order:
                "FIFO lends the resource idle for longest; one that background work made counts as idle since then.",
            ended_use_returns_the_resource in back:
                "A resource whose use ended is lent again, whatever the result.",
            cut_use_closes_the_resource in back:
                "A resource is closed if its use was cut, dropped, superseded or panicked, or if it is discarded.",
            broken_resource_is_closed_on_return in back:
                "A resource that is known to be broken is closed when it is returned.",
            reset_comes_before_reuse in back:
                "A resource is reset once between two uses.",
            failed_check_lends_another in back:
                "After a failed check, the resource is closed, and another is lent.",
            failed_reset_lends_another in back:
                "After a failed reset, the resource is closed and never lent.",
            restart_leaves_a_clean_pool in back:
                "If all idle resources have died, one checkout gets a good one, and the dead ones are removed.",
            too_old_is_not_lent in age:
                "A resource is lent until it reaches `max_lifetime`, and then closed.",
            idle_too_long_is_not_lent in age:
                "A resource is lent until it was idle for `max_idle_time`, and then closed.",
            start_connects_to_nothing in maintain:
                "Creating a pool connects to nothing, so it works while the server is down.",
            maintain_keeps_min_idle in maintain:
                "Background work keeps `min_idle` resources idle, as far as the size allows.",
            maintain_connects_with_backoff in maintain:
                "Background work connects while the pool is degraded, with backoff.",
            maintain_closes_old_resources in maintain:
                "Background work soon closes resources that are too old or were idle for too long.",
            maintain_is_woken in maintain:
                "Background work is woken by a failed connect, by too few idle resources, and by a larger size.",
            maintain_ends_with_the_pool in maintain:
                "Background work ends when the pool is closed or drained, and with its last handle.",
            closed_pool_refuses in close:
                "A closed pool refuses at once, as `ShuttingDown`.",
            closing_refuses_running_checkouts in close:
                "Closing a pool refuses its waiting, connecting and checking callers at once.",
            closing_closes_idle_resources in close:
                "Closing a pool closes its idle resources at once.",
            closed_pool_keeps_nothing in close:
                "A resource returned to a closed pool is closed, even if a caller waited for it.",
            last_handle_closes_idle_resources in close:
                "Dropping the last handle closes idle resources; lent ones are closed when they are dropped.",
            drain_waits_for_lent_resources in close:
                "A drain closes the pool and waits until all lent resources have been returned.",
            drain_reports_what_is_left in close:
                "A drain that runs out of time returns how many resources are missing; they are closed when returned.",
            drain_closes_gracefully in close:
                "A drain closes idle and returned resources with the manager, within `close_timeout`.",
            status_counts_by_state in status:
                "The status counts resources and callers by state: idle, borrowed, connecting, waiting.",
            status_is_degraded_until_connected in status:
                "The status is degraded until a connect succeeds, and again after one that fails.",
            closed_resources_are_counted_by_reason in status:
                "Each closed resource is counted by its reason.",
            waits_are_counted in status:
                "Waits for a permit are counted and timed, including those that were in vain.",
            readings_equal_the_status in status:
                "The readings have the values of the status.",
            status_changes_nothing in status:
                "Asking for the status changes nothing.",
            counts_add_up in status:
                "At all times: idle + borrowed = size = alive, and created = size + closed.",
            threads_never_exceed_max_size in threads:
                "Many concurrent threads are lent at most `max_size` resources.",
            threads_lose_nothing in threads:
                "With many threads, no permit is released before its resource is closed, nothing is lost, and all counts add up.",
            origin_of_time_does_not_matter in time:
                "Behaviour does not depend on the origin of time.",
        ] $($rest)* }
    };
}

/// Tests a pool with all [laws](crate::pool), in one `#[test]` each.
///
/// The first argument is a function or closure that starts a pool from a
/// [`Setup`](crate::pool::Setup). The pool may be of any type that implements
/// [`PoolControl`](seawall_core::pool::PoolControl) and lends the
/// [`Connection`](crate::pool::Connection)s of the setup's manager. Declare a law that the backend
/// cannot satisfy with the reason: its test is then ignored and shows the reason.
///
/// With `table = ("file.md", "column")`, one more test checks that column of the table of laws in a
/// Markdown file: see [`assert_column`](crate::law::assert_column).
///
/// ```no_run
/// # fn main() {}
/// use seawall_pool::Pool;
/// use seawall_testkit::pool::{Dummy, Setup};
///
/// fn start(setup: &Setup) -> Pool<Dummy> {
///     let pool = Pool::new(setup.name, setup.manager.clone(), setup.options.clone());
///     pool.expect("the options are valid").with_driver(setup.driver.clone())
/// }
///
/// seawall_testkit::pool_laws!(start);
///
/// mod declared {
///     seawall_testkit::pool_laws!(super::start, cannot {
///         fifo_lends_the_longest_idle = "its library stores them on a stack",
///     });
/// }
/// ```
#[macro_export]
macro_rules! pool_laws {
    ($start:expr $(, table = $table:expr)?
        $(, cannot { $($law:ident = $reason:literal),* $(,)? })? $(,)?) => {
        $crate::__each_pool_law! {
            { $crate::__law_tests }
            {
                ($crate::pool::LAWS, $crate::pool::Subject::new($start))
                [$($($law = $reason,)*)?]
            }
        }

        $crate::__law_table_test! {
            "connection pools", $crate::pool::LAWS, [$($table)?]
        }
    };
}
