/// All laws, once: where they are, and what they say.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_breaker_law {
    ({ $($then:tt)* } { $($rest:tt)* }) => {
        $($then)*! { [
            starts_closed_and_admits in closed:
                "A new circuit is closed and lets calls through, as long as they succeed.",
            nth_failure_opens_not_before in closed:
                "The last of so many failures opens the circuit, and none before it does.",
            success_forgives_nothing in closed:
                "A success in between takes no failure off the count.",
            failures_outside_window_do_not_count in closed:
                "A failure counts until it is as old as the window, and not a moment longer.",
            neutral_verdicts_do_not_count in closed:
                "A call that was ignored, abandoned, superseded or never ran is no failure.",
            overload_counts_as_failure in closed:
                "Overload is a failure.",
            panic_counts_as_failure in closed:
                "A panic is a failure.",
            open_refuses_until_reset_time in open:
                "An open circuit refuses until its time is over; at that very time it no longer does.",
            refusal_says_who_and_why in open:
                "A refusal names the layer that gives it, and an open circuit as the reason.",
            retry_after_is_honest in open:
                "Who waits for just the time that an open circuit says is let through.",
            half_open_admits_one_probe in half_open:
                "When the time is over, one call is let through as a probe, and the others are refused.",
            probe_success_closes in half_open:
                "A probe that succeeds closes the circuit.",
            probe_failure_reopens_for_full_time in half_open:
                "A probe that fails opens the circuit again, for its full time from then.",
            unsaid_probe_gives_its_turn_away in half_open:
                "A probe that says nothing leaves its turn to the next call.",
            hung_probe_cannot_wedge in half_open:
                "A probe keeps others out for its lease, and not a moment longer.",
            closing_forgets_failures in half_open:
                "A circuit that closes has forgotten the failures before.",
            late_success_decides_nothing in late:
                "A success of a call from before the circuit opened decides nothing.",
            late_failure_decides_nothing in late:
                "A failure of a call from before the circuit opened decides nothing.",
            overdue_probe_decides_nothing in late:
                "The result of a probe whose turn another has taken decides nothing.",
            late_results_are_booked_as_late in late:
                "A result that decides nothing because it is late is counted as late, and only so.",
            books_close in books:
                "Whatever happens: admitted = under way + the sum of all verdicts + late.",
            status_changes_nothing in books:
                "A circuit that is asked for its status goes on as if it had not been.",
            changes_are_noted in books:
                "Each change of state is noted at the call that made it, and no other is.",
            origin_of_time_does_not_matter in time:
                "All is the same from another origin of time.",
            older_times_are_survived in time:
                "A call that comes with an older time than the one before does no harm.",
            one_thread_probes in threads:
                "Of many threads that ask at once when the time is over, one gets the probe.",
            threads_lose_nothing in threads:
                "The books close when many threads have written them.",
        ] $($rest)* }
    };
}

/// Tests a circuit breaker by all [laws](crate::breaker), one `#[test]` each.
///
/// The first argument is a function or closure that starts a breaker from a
/// [`Setup`](crate::breaker::Setup). A law that the backend cannot keep is declared, with the reason:
/// its test is ignored, and says so.
///
/// With `readme`, one more test compares the table of laws between `<!-- laws -->` and
/// `<!-- /laws -->` there with what is declared here.
///
/// ```no_run
/// # fn main() {}
/// use seawall_breaker::{BreakerOptions, CircuitBreaker, Probes};
/// use seawall_testkit::breaker::Setup;
///
/// fn start(setup: &Setup) -> CircuitBreaker {
///     let options = BreakerOptions::new("subject")
///         .failures(setup.failures)
///         .window(setup.window)
///         .reset_after(setup.reset_after)
///         .probes(Probes::default().with_lease(setup.probe_lease));
///     CircuitBreaker::start(&options).expect("valid")
/// }
///
/// seawall_testkit::breaker_laws!(start);
///
/// mod declared {
///     seawall_testkit::breaker_laws!(super::start, cannot {
///         overload_counts_as_failure = "what it protects does not tell overload from anything else",
///     });
/// }
/// ```
///
/// What is no law cannot be declared:
///
/// ```compile_fail
/// # fn main() {}
/// # use seawall_breaker::{BreakerOptions, CircuitBreaker};
/// seawall_testkit::breaker_laws!(
///     |_| CircuitBreaker::start(&BreakerOptions::new("subject")).expect("valid"),
///     cannot { never_fails = "nothing does" },
/// );
/// ```
#[macro_export]
macro_rules! breaker_laws {
    ($start:expr $(, readme = $readme:expr)?
        $(, cannot { $($law:ident = $reason:literal),* $(,)? })? $(,)?) => {
        $crate::__each_breaker_law! {
            { $crate::__law_tests }
            {
                ($crate::breaker::LAWS, $crate::breaker::Subject::new($start))
                [$($($law = $reason,)*)?]
            }
        }

        $crate::__law_readme_test! {
            $crate::breaker::LAWS, [$($readme)?]
        }
    };
}
