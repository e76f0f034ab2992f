/// Passes on the list of all laws: name, group, sentence.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_limiter_law {
    ({ $($then:tt)* } { $($rest:tt)* }) => {
        $($then)*! { [
            burst_goes_at_once in spending:
                "An unused key may spend all its tokens at once, and not one more.",
            refused_call_takes_nothing in spending:
                "Repeated refusals do not delay the time at which a call is admitted.",
            cost_is_taken_whole_or_not_at_all in spending:
                "A call takes as many tokens as it costs, or none.",
            cost_above_limit_is_refused_as_such in spending:
                "A call that costs more than there can ever be is refused as `CostAboveLimit`, without a `retry_after`, and takes nothing.",
            retry_after_is_exact in spending:
                "A refused call is admitted after its `retry_after`, and not 1 ns sooner; it is never zero.",
            whole_limit_is_given_out in spending:
                "A steady caller gets the whole limit in each period, also if the limit is 1, 2 or 3.",
            no_window_exceeds_the_bound in spending:
                "However calls arrive, no window of time sees more than the algorithm's bound.",
            keys_are_counted_apart in keys:
                "What one key spends, no other key has spent.",
            keys_that_read_alike_are_counted_apart in keys:
                "Keys with different parts are counted apart, even if they read alike.",
            keys_with_one_prefix_count_together in keys:
                "Under `key_parts`, keys that begin with the same parts share one count, and the prefix itself names it.",
            calls_without_key_are_counted_apart in keys:
                "Calls without a key spend nothing of any key, and keys spend nothing of theirs.",
            peek_changes_nothing in peeking:
                "A peek changes no later answer.",
            peek_agrees_with_entering in peeking:
                "A peek says whether the call would be admitted now, and else the `retry_after` that it would get.",
            remaining_can_be_spent in peeking:
                "Exactly the tokens that a peek says remain can be spent.",
            reset_time_is_when_all_is_back in peeking:
                "All tokens are back at the `reset_at` of a peek, and not 1 ns sooner.",
            unused_call_leaves_no_trace in giving_back:
                "A call that ends as `Unused` leaves all as if it had not been made, if nothing else happened meanwhile.",
            giving_back_keeps_the_bound in giving_back:
                "Whatever is given back, the calls that ran keep the bound.",
            refund_never_exceeds_the_limit in giving_back:
                "A refund gives back what it says, but never more than there can be.",
            reset_forgets_one_key in giving_back:
                "A reset key is unused again, and other keys stay as they are.",
            calls_from_before_a_reset_give_nothing_back in giving_back:
                "A call that was admitted before a reset gives nothing back after it.",
            exhaust_takes_all_that_is_left in giving_back:
                "Exhausting a key takes all its tokens and returns how many these were.",
            kept_keys_are_bounded in memory:
                "No more keys are kept than `max_keys`, however many arrive.",
            refused_keys_are_not_kept in memory:
                "A key whose calls were all refused takes no room.",
            full_keys_make_room in memory:
                "A key that is full again makes room for another key.",
            exhausted_keys_stay_exhausted in memory:
                "No number of other keys makes an exhausted key available sooner.",
            same_rule_changes_nothing in changing:
                "Setting the same rule again changes no later answer, with or without waiters.",
            limit_down_and_up_forgives_nothing in changing:
                "A limit that becomes smaller and larger again forgets no usage.",
            waiters_go_in_order in waiting:
                "Waiters are served in the order of their arrival, and newcomers do not overtake them.",
            large_cost_is_not_starved in waiting:
                "A waiter with a large cost goes when its tokens are there, whatever arrives meanwhile.",
            hopeless_waiter_is_refused_at_once in waiting:
                "A call that could not go within its `max_wait` is refused at once as `RateLimited`, and one that could not go within its deadline as `Deadline`; neither takes anything.",
            retry_after_suits_calls_that_may_wait in waiting:
                "The `retry_after` of a call that may wait is exactly when it would go at once, or when it would be let in to wait.",
            call_decides_how_long_it_waits in waiting:
                "The call's `max_wait` counts, and the rule's only if the call sets none.",
            call_out_of_time_leaves_no_trace in waiting:
                "A call whose deadline passes before it starts is refused as `Deadline`, takes nothing, and has no verdict but `Unused`.",
            waiters_that_leave_free_their_tokens in waiting:
                "When all waiters have left, in whatever order, all is as if none had come.",
            waiters_behind_leavers_move_up in waiting:
                "When waiters leave, in whatever order, those behind go as if the others had not come.",
            waiter_that_moves_up_is_woken in waiting:
                "When waiters leave, those that may go earlier are woken, each by the waker of its last poll.",
            waiting_keeps_the_bound in waiting:
                "Whoever waits and leaves, the calls that ran keep the bound.",
            every_call_is_accounted_for in counting:
                "Always: admitted = in flight + the sum of all verdicts, and each refusal is counted.",
            refusal_names_layer_kind_and_limit in counting:
                "A refusal has the layer, the kind `RateLimited` or `CostAboveLimit`, and the limit.",
            status_changes_nothing in counting:
                "Reading the status changes no later answer.",
            origin_of_time_does_not_matter in time:
                "All is the same if time starts elsewhere.",
            older_times_do_no_harm in time:
                "A call with a slightly older time than the one before neither gains tokens nor locks others out.",
            extreme_limits_are_kept in time:
                "One token per century and a billion per second are kept like any other limit.",
            threads_get_exactly_the_burst in threads:
                "Many threads that ask at once get all tokens, and not one more.",
            threads_lose_no_count in threads:
                "All counts are exact when many threads call.",
            clones_count_together in threads:
                "Clones of a limiter count together.",
        ] $($rest)* }
    };
}

/// Checks a rate limiter by all [laws](crate::limiter): writes one `#[test]` for each.
///
/// | argument | |
/// |---|---|
/// | first | a function or closure that starts a limiter, which can be cloned, from a [`Setup`](crate::limiter::Setup); after `admits_only =`, one that starts a backend which is no [`Limiter`](seawall_core::Limiter) |
/// | after `handles =` | instead of a limiter, a function that starts one and returns its [`Handles`](crate::limiter::Handles); then without `set_rule =` |
/// | `setup =` | after `handles =` only: the [`Setup`](crate::limiter::Setup) that laws ask for where they need no other |
/// | `bound =` | the [`Bound`](crate::limiter::Bound) of an algorithm other than a token bucket |
/// | `set_rule =` | changes the limit and the burst of a running limiter: `\|limiter: &L, setup: &Setup, clock: &Clock\|` |
/// | `table =` | a Markdown file, relative to the package, and the column of this component in its table of laws, which one more test checks: see [`assert_column`](crate::law::assert_column) |
/// | `cannot { … }` | the laws that the limiter cannot keep, or groups of laws, each with the reason; their tests are ignored |
///
/// The arguments come in this order. The groups are those that the law list names: a limiter that
/// never lets a call wait declares `waiting`, one whose rule cannot change `changing`.
///
/// ```no_run
/// # fn main() {}
/// # mod my { pub use seawall_testkit::limiter::Setup; }
/// # use seawall_core::{Backend, Call, Entry, Exit, KeyStatus, Layer, Limiter, Status, Tick, Token};
/// use seawall_testkit::limiter::{Bound, Setup};
///
/// # #[derive(Clone)] struct PerMinute;
/// # impl PerMinute { fn new(_limit: u32, _period: std::time::Duration) -> Self { Self } }
/// # impl Backend for PerMinute {
/// #     fn layer(&self) -> &Layer { unimplemented!() }
/// #     fn enter(&self, call: &Call<'_>) -> Entry { unimplemented!() }
/// #     fn exit(&self, token: Token, exit: &Exit<'_>) {}
/// #     fn status(&self, now: Tick) -> Status { unimplemented!() }
/// # }
/// # impl Limiter for PerMinute {
/// #     fn peek(&self, call: &Call<'_>) -> KeyStatus { unimplemented!() }
/// #     fn refund(&self, call: &Call<'_>) {}
/// #     fn reset(&self, call: &Call<'_>) {}
/// #     fn exhaust(&self, call: &Call<'_>) -> u64 { 0 }
/// # }
/// fn start(setup: &Setup) -> PerMinute {
///     PerMinute::new(setup.limit, setup.period)
/// }
///
/// seawall_testkit::limiter_laws!(start, bound = Bound::FIXED_WINDOW, cannot {
///     waiting = "it never lets a call wait",
///     changing = "its rule cannot change",
///     kept_keys_are_bounded = "each key has a counter until its minute is over",
///     older_times_do_no_harm = "a call from the minute before starts that minute again",
/// });
/// ```
#[macro_export]
macro_rules! limiter_laws {
    (admits_only = $start:expr $(, bound = $bound:expr)? $(, table = $table:expr)?
        $(, cannot { $($law:ident = $reason:literal),* $(,)? })? $(,)?) => {
        $crate::__each_limiter_law! {
            { $crate::__law_tests }
            {
                (
                    $crate::limiter::LAWS,
                    $crate::limiter::Subject::admits_only($start)$(.with_bound($bound))?
                )
                [$($($law = $reason,)*)?]
            }
        }

        $crate::__law_table_test! {
            "rate limiters", $crate::limiter::LAWS, [$($table)?]
        }
    };
    (handles = $start:expr $(, setup = $setup:expr)? $(, bound = $bound:expr)?
        $(, table = $table:expr)? $(, cannot { $($law:ident = $reason:literal),* $(,)? })? $(,)?) => {
        $crate::__each_limiter_law! {
            { $crate::__law_tests }
            {
                (
                    $crate::limiter::LAWS,
                    $crate::limiter::Subject::with_handles($start)
                        $(.with_setup($setup))?$(.with_bound($bound))?
                )
                [$($($law = $reason,)*)?]
            }
        }

        $crate::__law_table_test! {
            "rate limiters", $crate::limiter::LAWS, [$($table)?]
        }
    };
    ($start:expr $(, bound = $bound:expr)? $(, set_rule = $set_rule:expr)? $(, table = $table:expr)?
        $(, cannot { $($law:ident = $reason:literal),* $(,)? })? $(,)?) => {
        $crate::__each_limiter_law! {
            { $crate::__law_tests }
            {
                (
                    $crate::limiter::LAWS,
                    $crate::__limiter_subject!($start $(, $set_rule)?)$(.with_bound($bound))?
                )
                [$($($law = $reason,)*)?]
            }
        }

        $crate::__law_table_test! {
            "rate limiters", $crate::limiter::LAWS, [$($table)?]
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __limiter_subject {
    ($start:expr) => {
        $crate::limiter::Subject::new($start)
    };
    ($start:expr, $set_rule:expr) => {
        $crate::limiter::Subject::with_set_rule($start, $set_rule)
    };
}
