/// All laws, once: where they are, and what they say.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_pool_law {
    ({ $($then:tt)* } { $($rest:tt)* }) => {
        $($then)*! { [
            never_more_are_lent_than_max in places:
                "Just so many are lent at once as there may be, and not one more.",
            overflow_has_a_limit in places:
                "While all are lent, just so many more are lent as overflow allows.",
            overflow_is_closed_as_it_comes_back in places:
                "Overflow that nobody waits for is closed as it comes back.",
            overflow_goes_to_who_waits in places:
                "Overflow that comes back goes to who waits for one, and is closed if he goes away.",
            resizing_mints_no_place in places:
                "However often a pool is made smaller and larger: no more are lent than it has places.",
            shrinking_closes_what_is_too_many in places:
                "In a smaller pool, what is too many is closed: idle ones now, lent ones as they come back.",
            growing_serves_who_waits in places:
                "A larger pool serves who waits, and no more than there are places.",
            nested_use_gets_its_own in places:
                "A use inside a use gets a resource of its own, or is refused in time.",
            panic_in_create_costs_no_place in panics:
                "A create that panics costs no place, and counts as a failed attempt.",
            panic_in_check_costs_no_place in panics:
                "A check that panics closes its resource and costs no place.",
            panic_in_reset_costs_no_place in panics:
                "A reset that panics closes its resource and costs no place.",
            panic_in_is_broken_costs_no_place in panics:
                "An is_broken that panics closes its resource and costs no place.",
            panic_in_close_costs_no_place in panics:
                "A resource that panics as it is closed costs no place.",
            panic_of_the_borrower_costs_no_place in panics:
                "A borrower that panics costs no place, and his resource is closed.",
            dropped_wait_costs_no_place in dropped:
                "A wait that is dropped leaves the queue, and hands on a place that it was given.",
            dropped_connect_costs_no_place in dropped:
                "A connect that is dropped at any await costs no place.",
            dropped_check_costs_no_place in dropped:
                "A check that is dropped at any await closes its resource and costs no place.",
            dropped_reset_costs_no_place in dropped:
                "A reset that is dropped at any await closes its resource and costs no place.",
            dropped_use_costs_no_place in dropped:
                "A use that is dropped at any await costs no place, and its resource is closed.",
            dropped_maintain_costs_no_place in dropped:
                "Background work that is dropped at any await costs no place.",
            dropped_drain_leaves_a_closed_pool in dropped:
                "A drain that is dropped at any await leaves a closed pool that keeps nothing.",
            deadline_covers_waiting in deadline:
                "A wait for a place is cut at the deadline, as a checkout timeout.",
            deadline_covers_connecting in deadline:
                "A connect that hangs is cut at the deadline, as just that, and costs no place.",
            deadline_covers_checking in deadline:
                "A check that hangs is cut at the deadline, as just that, and its resource is closed.",
            deadline_covers_resetting in deadline:
                "A reset that hangs is cut at the deadline, as just that, and its resource is closed.",
            deadline_is_one_for_all_stages in deadline:
                "Waiting, checking and resetting have one deadline together.",
            dead_connections_share_one_deadline in deadline:
                "However many dead resources a checkout meets, it has one deadline, and they are gone after.",
            what_was_in_use_is_not_suspect in deadline:
                "When a check was cut, what was idle meanwhile is closed, and what was in use is lent.",
            slow_check_leaves_time_to_connect in deadline:
                "A check or reset that takes longer than it may leaves its checkout the rest of its time.",
            connect_has_its_own_limit in deadline:
                "A connect takes no longer than it may, whatever time its checkout has left.",
            patience_bounds_every_checkout in deadline:
                "No checkout takes longer than the pool's options say, whatever deadline it has.",
            what_is_there_at_the_deadline_counts in deadline:
                "A resource that is ready just at the deadline is lent.",
            connect_error_is_the_source in refusal:
                "The error of a connect that failed comes out untouched, as the source of the refusal.",
            last_error_is_told_with_what_was_too_slow in refusal:
                "What was too slow comes with the last error of connecting, until connecting has worked.",
            down_is_not_full in refusal:
                "Who waits while all places are taken by connects that hang is told so, not that the pool is full.",
            failed_connect_is_told_at_once in refusal:
                "A connect that fails is told at once, without another attempt.",
            failing_connects_do_not_wedge in refusal:
                "However often connecting fails: each caller hears of it, and then it works again.",
            who_does_not_wait_is_told_at_once in refusal:
                "Who does not wait is told at once that the pool is full, and lent what is there.",
            full_queue_refuses_at_once in refusal:
                "When as many wait as may, the next is told at once that the pool is full.",
            refusal_says_who_and_how_many in refusal:
                "A full pool names itself in the refusal, and how many places it has.",
            waiters_are_served_in_order in order:
                "Who waits is served in the order in which he came.",
            newcomers_do_not_overtake in order:
                "A newcomer gets no place that someone has waited for.",
            who_waits_is_woken in order:
                "Who waits is woken when there is a place for him, and when the pool is closed.",
            lifo_lends_what_came_back_last in order:
                "By LIFO, what came back last is lent first, before what background work has made.",
            fifo_lends_what_was_idle_longest in order:
                "By FIFO, what has been idle longest is lent first, as if what background work made came back then.",
            ended_use_gives_back in back:
                "A resource whose use came to its end is lent again, whatever the result.",
            unended_use_closes in back:
                "A resource is closed if its use was cut, dropped, superseded or panicked, or it is discarded.",
            broken_is_closed_as_it_comes_back in back:
                "A resource that is known to be broken is closed as it comes back.",
            reset_comes_before_reuse in back:
                "A resource is reset before it is lent again, once.",
            failed_check_lends_another in back:
                "A resource whose check fails is closed, and another is lent.",
            failed_reset_lends_another in back:
                "A resource whose reset fails is closed, and another is lent.",
            restart_leaves_a_clean_pool in back:
                "When all idle resources died, one checkout finds a good one, and the dead are gone.",
            too_old_is_not_lent in age:
                "A resource is lent until it is as old as it may become, and then closed.",
            idle_too_long_is_not_lent in age:
                "A resource is lent until it has been idle for as long as it may be, and then closed.",
            start_connects_to_nothing in maintain:
                "A pool that starts connects to nothing, so it can start while its resource is down.",
            maintain_keeps_min_idle in maintain:
                "Background work keeps so many idle, as far as there are places.",
            maintain_connects_with_backoff in maintain:
                "Background work connects while the pool is degraded, with backoff.",
            maintain_closes_what_is_too_old in maintain:
                "Background work closes what is too old or idle for too long, soon after.",
            maintain_is_woken in maintain:
                "Background work is woken when a checkout could not connect, too few are idle, or there are more places.",
            maintain_ends_with_the_pool in maintain:
                "Background work is woken and ends when the pool is closed or drained, and with its last handle.",
            closed_pool_refuses in close:
                "A closed pool refuses at once, as shutting down.",
            closing_sends_away_who_is_under_way in close:
                "Who waits, connects or checks when the pool is closed is refused at once.",
            closing_closes_what_is_idle in close:
                "What is idle when the pool is closed is closed at once.",
            closed_pool_keeps_nothing in close:
                "What comes back to a closed pool is closed, also if someone waited for it.",
            last_handle_closes_what_is_idle in close:
                "With its last handle, a pool closes what is idle; what is lent is closed as it is dropped.",
            drain_waits_for_what_is_lent in close:
                "A drain closes the pool and waits until all that is lent has come back.",
            drain_says_what_is_left in close:
                "A drain whose time is over says how many did not come back; they are closed when they do.",
            drain_takes_leave in close:
                "A drain closes what is idle and what comes back by the manager, which has so long for that.",
            status_counts_each_where_it_is in status:
                "The status counts each where it is: idle, borrowed, connecting, waiting.",
            status_says_whether_it_can_lend in status:
                "The pool is degraded until a connect works, and again from one that fails.",
            closed_are_counted_by_reason in status:
                "Each resource that was closed is counted, for its reason.",
            waits_are_counted in status:
                "Waits for a place are counted, with their times, also those that came to none.",
            readings_are_the_status in status:
                "The readings say the same as the status.",
            status_changes_nothing in status:
                "A pool that is asked for its status goes on as if it had not been.",
            books_close in status:
                "Whatever happens, always: idle + borrowed = size = alive, and created = size + closed.",
            threads_get_no_more_than_max in threads:
                "Many threads that ask at once are lent just so many as there may be.",
            threads_lose_nothing in threads:
                "With many threads, no place is free before its resource is closed; nothing is lost, and the books close.",
            origin_of_time_does_not_matter in time:
                "All is the same from another origin of time.",
        ] $($rest)* }
    };
}

/// Tests a pool by all [laws](crate::pool), one `#[test]` each.
///
/// The first argument is a function or closure that starts a pool from a
/// [`Setup`](crate::pool::Setup): any type that implements
/// [`PoolControl`](seawall_core::pool::PoolControl) and lends [`Connection`](crate::pool::Connection)s,
/// which the setup's manager makes. A law that the backend cannot keep is declared, with the reason:
/// its test is ignored, and says so.
///
/// With `readme`, one more test compares the table of laws between `<!-- laws -->` and
/// `<!-- /laws -->` there with what is declared here.
///
/// ```no_run
/// # fn main() {}
/// use seawall_pool_deadpool::Pool;
/// use seawall_testkit::pool::{Dummy, Setup};
///
/// fn start(setup: &Setup) -> Pool<Dummy> {
///     Pool::new(setup.name, setup.manager.clone(), setup.options.clone())
///         .with_driver(setup.driver.clone())
/// }
///
/// seawall_testkit::pool_laws!(start);
///
/// mod declared {
///     seawall_testkit::pool_laws!(super::start, cannot {
///         fifo_lends_what_was_idle_longest = "its library keeps them on a stack",
///     });
/// }
/// ```
#[macro_export]
macro_rules! pool_laws {
    ($start:expr $(, readme = $readme:expr)?
        $(, cannot { $($law:ident = $reason:literal),* $(,)? })? $(,)?) => {
        $crate::__each_pool_law! {
            { $crate::__law_tests }
            {
                ($crate::pool::LAWS, $crate::pool::Subject::new($start))
                [$($($law = $reason,)*)?]
            }
        }

        $crate::__law_readme_test! {
            $crate::pool::LAWS, [$($readme)?]
        }
    };
}
