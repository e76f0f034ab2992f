/// All laws, once: where they are, and what they say.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_limiter_law {
    ({ $($then:tt)* } { $($rest:tt)* }) => {
        $($then)*! { [
            burst_goes_through_at_once in spend:
                "CallKey has spent nothing may spend all there is at once, and not one token more.",
            refused_call_takes_nothing in spend:
                "CallKey goes on asking while there is too little is let through no later for that.",
            costs_are_weighed in spend:
                "A call takes as many tokens as it costs, or none.",
            cost_above_limit_is_never_let_through in spend:
                "A call that costs more than there can be is refused as such, without a time, and takes nothing.",
            retry_after_is_honest in spend:
                "CallKey waits for just the time that a refusal says is let through, and not a moment sooner.",
            limit_is_given_out_in_full in spend:
                "CallKey comes back whenever told gets the whole limit.",
            no_window_sees_more_than_the_bound in spend:
                "Whoever comes whenever: no window of time sees more than the algorithm's bound.",
            keys_are_counted_apart in keys:
                "What one key spends, no other has spent.",
            key_parts_are_not_joined in keys:
                "Keys whose parts differ are two, also where they read alike.",
            calls_without_key_are_counted_apart in keys:
                "What calls without a key spend, no key has spent, nor the other way round.",
            peek_changes_nothing in look:
                "A limiter that is peeked at goes on as if it had not been.",
            peek_tells_what_entering_does in look:
                "A peek tells whether the call would be let through, and when.",
            remaining_can_be_spent in look:
                "Just what remains can be spent.",
            reset_time_is_when_all_is_back in look:
                "All is back at the time that a peek says, and not a moment sooner.",
            unused_call_was_never_there in back:
                "A call that never ran leaves all as if it had not asked, if nothing else happened.",
            giving_back_mints_nothing in back:
                "Whatever is given back: the calls that did run keep to the bound.",
            refund_never_exceeds_the_limit in back:
                "A refund gives back what it says, and never more than there can be.",
            reset_forgets_one_key in back:
                "A key that is reset has spent nothing, and others stay as they are.",
            nothing_comes_back_after_a_reset in back:
                "A call from before a reset gives nothing back after it.",
            exhaust_takes_what_is_left in back:
                "`exhaust` takes all tokens left of one key and returns their number.",
            keys_are_bounded in memory:
                "No more keys are kept than allowed, however many come.",
            refused_keys_are_not_kept in memory:
                "A key that was only refused takes no room.",
            keys_with_all_back_make_room in memory:
                "A key that has all back makes room for another.",
            used_up_keys_stay_used_up in memory:
                "No crowd of other keys makes a key forget what it has spent.",
            waiters_go_in_order in waiting:
                "CallKey waits goes first come, first served, and nobody overtakes.",
            large_cost_is_not_starved in waiting:
                "A large cost that waits goes when it was told, whoever else comes.",
            hopeless_waiter_is_refused_at_once in waiting:
                "CallKey could not be let through in time is refused at once, and takes nothing.",
            call_says_how_long_it_waits in waiting:
                "How long a call says it waits counts, and the limiter's own option where it says nothing.",
            waiter_that_gives_up_gives_back in waiting:
                "A waiter that gives up leaves all as if it had not come, if it was the last.",
            waiting_mints_nothing in waiting:
                "Whoever waits and gives up: the calls that did run keep to the bound.",
            books_close in books:
                "Whatever happens: admitted = under way + the sum of all verdicts, and refusals are counted.",
            refusal_says_who_and_why in books:
                "A refusal names the layer that gives it, a used-up limit as the reason, and the limit.",
            status_changes_nothing in books:
                "A limiter that is asked for its status goes on as if it had not been.",
            origin_of_time_does_not_matter in time:
                "All is the same from another origin of time.",
            older_times_are_survived in time:
                "A call that comes with a slightly older time than the one before neither mints nor locks out.",
            extremes_are_kept in time:
                "One a century and a thousand million a second are kept like any other limit.",
            one_instant_gives_just_the_burst in threads:
                "Many threads that ask at once get all there is, and not one token more.",
            threads_lose_nothing in threads:
                "The books close when many threads have written them.",
            clones_count_together in threads:
                "Clones of a limiter are one limiter.",
        ] $($rest)* }
    };
}

/// Tests a rate limiter by all [laws](crate::limiter), one `#[test]` each.
///
/// The first argument is a function or closure that starts a limiter, which can be cloned, from a
/// [`Setup`](crate::limiter::Setup). One that is no token bucket says by its
/// [`Bound`](crate::limiter::Bound) what it lets through. A law that the backend cannot keep is
/// declared, with the reason: its test is ignored, and says so.
///
/// With `readme`, one more test compares the table of laws between `<!-- laws -->` and
/// `<!-- /laws -->` there with what is declared here.
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
/// #     fn enter(&self, call: &Call<'_>) -> Entry<'_> { unimplemented!() }
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
///     keys_are_bounded = "each key has a counter of its own until its minute is over",
/// });
/// ```
#[macro_export]
macro_rules! limiter_laws {
    ($start:expr $(, bound = $bound:expr)? $(, readme = $readme:expr)?
        $(, cannot { $($law:ident = $reason:literal),* $(,)? })? $(,)?) => {
        $crate::__each_limiter_law! {
            { $crate::__law_tests }
            {
                (
                    $crate::limiter::LAWS,
                    $crate::limiter::Subject::new($start)$(.with_bound($bound))?
                )
                [$($($law = $reason,)*)?]
            }
        }

        $crate::__law_readme_test! {
            $crate::limiter::LAWS, [$($readme)?]
        }
    };
}
