//! The laws of circuit breakers can fail: for each, there is a breaker that breaks it and no other.

use seawall_testkit::breaker;

#[macro_use]
mod saboteurs;
#[path = "breaker_saboteurs/flawed.rs"]
mod flawed;

use flawed::Flawed;

saboteurs! {
    breaker, Flawed {
        SuccessesWearItOut breaks starts_closed_and_admits,
        NeverOpensAtTheFirst breaks nth_failure_opens_not_before,
        SuccessForgives breaks success_forgives_nothing,
        FailuresCountForEver breaks failures_outside_window_do_not_count,
        IgnoredIsAFailure breaks neutral_verdicts_do_not_count,
        OverloadIsNoFailure breaks overload_counts_as_failure,
        NoWaitOpensAtOnce breaks overload_without_wait_does_not_open,
        PanicIsNoFailure breaks panic_counts_as_failure,
        RefusesAtTheVeryTime breaks open_refuses_until_reset_time,
        RefusesInAnothersName breaks refusal_names_layer_and_kind,
        SaysTooShortATime breaks retry_after_is_exact,
        SaysZeroWhileProbing breaks retry_after_is_exact,
        EveryFifthMayProbe breaks half_open_admits_one_probe,
        StaysTimidAfterClosing breaks probe_success_closes,
        ReopensFromTheProbesStart breaks probe_failure_reopens_for_full_time,
        SupersededProbeKeepsItsTurn breaks inconclusive_probe_frees_its_place,
        OneLeaseExpiresAndNoOther breaks hung_probe_cannot_wedge,
        ClosingForgetsNothing breaks closing_forgets_failures,
        LateSuccessCloses breaks late_success_decides_nothing,
        LateFailureCounts breaks late_failure_decides_nothing,
        ObeysOverdueProbes breaks overdue_probe_decides_nothing,
        LateIsBookedByVerdict breaks late_results_are_counted_as_late,
        NewOptionsForgetFailures breaks same_options_change_nothing,
        NewOptionsFreeTheProbe breaks same_options_change_nothing,
        ForcedOpenSaysOpen breaks forced_open_refuses_as_such,
        ForcedOpenGivesATime breaks forced_open_refuses_as_such,
        TimeEndsForcedOpen breaks forced_open_refuses_as_such,
        SuccessEndsForcedOpen breaks forced_open_refuses_as_such,
        LosesCountInACrowd breaks every_call_is_accounted_for,
        HalfOpensWhenLookedAt breaks status_changes_nothing,
        ClosesQuietly breaks changes_are_noted,
        ClockStopsAfterTenYears breaks origin_of_time_does_not_matter,
        OlderFailuresAreLost breaks older_times_do_no_harm,
        OneProbeForEachThread breaks one_thread_probes,
        LosesWhatOtherThreadsEnd breaks threads_lose_no_count,
    }
}
