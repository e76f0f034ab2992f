/// Passes on the list of all laws: name, group, sentence.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_breaker_law {
    ({ $($then:tt)* } { $($rest:tt)* }) => {
        $($then)*! { [
            starts_closed_and_admits in closed:
                "A new circuit is closed and admits calls as long as they succeed.",
            nth_failure_opens_not_before in closed:
                "The configured number of failures opens the circuit, and one fewer does not.",
            success_forgives_nothing in closed:
                "A success between failures takes none of them off the count.",
            failures_outside_window_do_not_count in closed:
                "A failure counts until it is as old as the window, and not 1 ns longer.",
            neutral_verdicts_do_not_count in closed:
                "A call that ended ignored, abandoned, superseded or unused is no failure.",
            overload_counts_as_failure in closed:
                "Overload is a failure.",
            overload_without_wait_does_not_open in closed:
                "An overload that asks for a wait of zero is a failure like any other.",
            panic_counts_as_failure in closed:
                "A panic is a failure.",
            open_refuses_until_reset_time in open:
                "An open circuit refuses until its reset time is over; at exactly that time it no longer does.",
            refusal_names_layer_and_kind in open:
                "A refusal has the layer, and a kind that means an open circuit.",
            retry_after_is_exact in open:
                "A call that an open circuit refused is admitted after its `retry_after`, and not 1 ns sooner; no refusal has a `retry_after` of zero.",
            half_open_admits_one_probe in half_open:
                "When the reset time is over, one call is admitted as a probe, and others are refused.",
            probe_success_closes in half_open:
                "A probe that succeeds closes the circuit.",
            probe_failure_reopens_for_full_time in half_open:
                "A probe that fails opens the circuit again, for the full reset time.",
            inconclusive_probe_frees_its_place in half_open:
                "A probe that ends without success or failure leaves its place to the next call.",
            hung_probe_cannot_wedge in half_open:
                "A probe keeps other calls out for its lease, and not 1 ns longer.",
            closing_forgets_failures in half_open:
                "A circuit that closes forgets the failures before.",
            late_success_decides_nothing in late:
                "The success of a call from before the circuit opened decides nothing.",
            late_failure_decides_nothing in late:
                "The failure of a call from before the circuit opened decides nothing.",
            overdue_probe_decides_nothing in late:
                "The result of a probe whose place another call has taken decides nothing.",
            late_results_are_counted_as_late in late:
                "A result that is too late to decide anything is counted only as late.",
            same_options_change_nothing in changing:
                "Setting the same options again changes no later answer.",
            forced_open_refuses_as_such in forcing:
                "A circuit that is forced open refuses each call as `CircuitForcedOpen`, without a `retry_after`, whatever time passes and however earlier calls end.",
            every_call_is_accounted_for in counting:
                "Always: admitted = in flight + the sum of all verdicts + late.",
            status_changes_nothing in counting:
                "Reading the status changes no later answer.",
            changes_are_noted in counting:
                "Each change of state is noted at the call that made it, and no other change is.",
            origin_of_time_does_not_matter in time:
                "All is the same if time starts elsewhere.",
            older_times_do_no_harm in time:
                "A call with a slightly older time than the one before does no harm.",
            one_thread_probes in threads:
                "Of many threads that ask at once when the reset time is over, exactly one is admitted as the probe.",
            threads_lose_no_count in threads:
                "All counts are exact when many threads call.",
        ] $($rest)* }
    };
}

/// Checks a circuit breaker by all [laws](crate::breaker): writes one `#[test]` for each.
///
/// | argument | |
/// |---|---|
/// | first | a function or closure that starts a breaker from a [`Setup`](crate::breaker::Setup) |
/// | `reconfigure =` | sets the options of a running breaker: `\|breaker: &B, setup: &Setup, clock: &Clock\|` |
/// | `force_open =` | forces a breaker open: `\|breaker: &B, clock: &Clock\|` |
/// | `table =` | a Markdown file, relative to the package, and the column of this component in its table of laws, which one more test checks: see [`assert_column`](crate::law::assert_column) |
/// | `cannot { … }` | the laws that the breaker cannot keep, or groups of laws, each with the reason; their tests are ignored |
///
/// The arguments come in this order. The groups are those that the law list names: a breaker whose
/// options cannot change declares `changing`, one that cannot be forced open `forcing`.
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
/// seawall_testkit::breaker_laws!(start, force_open = |breaker, _| breaker.force_open(), cannot {
///     changing = "its options never change here",
/// });
///
/// mod declared {
///     seawall_testkit::breaker_laws!(super::start, cannot {
///         changing = "its options cannot change",
///         forcing = "it cannot be forced open",
///         overload_counts_as_failure = "the service it protects never reports overload",
///     });
/// }
/// ```
///
/// A name that is neither a law nor a group does not compile:
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
    ($start:expr $(, reconfigure = $reconfigure:expr)? $(, force_open = $force_open:expr)?
        $(, table = $table:expr)? $(, cannot { $($law:ident = $reason:literal),* $(,)? })? $(,)?) => {
        $crate::__each_breaker_law! {
            { $crate::__law_tests }
            {
                (
                    $crate::breaker::LAWS,
                    $crate::breaker::Subject::new(
                        $start,
                        &$crate::breaker::Control::default()
                            $(.with_reconfigure($reconfigure))? $(.with_force_open($force_open))?,
                    )
                )
                [$($($law = $reason,)*)?]
            }
        }

        $crate::__law_table_test! {
            "circuit breakers", $crate::breaker::LAWS, [$($table)?]
        }
    };
}
