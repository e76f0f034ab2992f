//! The laws of circuit breakers can fail: for each, there is a breaker that breaks it and no other.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use seawall_testkit::breaker::{LAWS, Subject};

#[path = "breaker_saboteurs/flawed.rs"]
mod flawed;

use flawed::Flawed;

macro_rules! flaws {
    ($($flaw:ident breaks $law:ident,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq)]
        enum Flaw {
            $($flaw,)*
        }

        const FLAWS: &[(Flaw, &str)] = &[$((Flaw::$flaw, stringify!($law)),)*];
    };
}

flaws! {
    SuccessesWearItOut breaks starts_closed_and_admits,
    NeverOpensAtTheFirst breaks nth_failure_opens_not_before,
    SuccessForgives breaks success_forgives_nothing,
    FailuresCountForEver breaks failures_outside_window_do_not_count,
    IgnoredIsAFailure breaks neutral_verdicts_do_not_count,
    OverloadIsNoFailure breaks overload_counts_as_failure,
    PanicIsNoFailure breaks panic_counts_as_failure,
    RefusesAtTheVeryTime breaks open_refuses_until_reset_time,
    RefusesInAnothersName breaks refusal_says_who_and_why,
    SaysTooShortATime breaks retry_after_is_honest,
    EveryFifthMayProbe breaks half_open_admits_one_probe,
    StaysTimidAfterClosing breaks probe_success_closes,
    ReopensFromTheProbesStart breaks probe_failure_reopens_for_full_time,
    SupersededProbeKeepsItsTurn breaks unsaid_probe_gives_its_turn_away,
    OneLeaseExpiresAndNoOther breaks hung_probe_cannot_wedge,
    ClosingForgetsNothing breaks closing_forgets_failures,
    LateSuccessCloses breaks late_success_decides_nothing,
    LateFailureCounts breaks late_failure_decides_nothing,
    ObeysOverdueProbes breaks overdue_probe_decides_nothing,
    LateIsBookedByVerdict breaks late_results_are_booked_as_late,
    LosesCountInACrowd breaks books_close,
    HalfOpensWhenLookedAt breaks status_changes_nothing,
    ClosesQuietly breaks changes_are_noted,
    ClockStopsAfterTenYears breaks origin_of_time_does_not_matter,
    OlderFailuresAreLost breaks older_times_are_survived,
    OneProbeForEachThread breaks one_thread_probes,
    LosesWhatOtherThreadsEnd breaks threads_lose_nothing,
}

/// The laws that a breaker with `flaw` breaks.
fn broken(flaw: Option<Flaw>) -> Vec<&'static str> {
    let subject = Subject::new(|setup| Flawed::new(setup, flaw));
    let breaks = |law: &&seawall_testkit::breaker::Law| {
        catch_unwind(AssertUnwindSafe(|| law.check(&subject))).is_err()
    };
    LAWS.iter().filter(breaks).map(|law| law.name).collect()
}

#[test]
fn without_a_flaw_all_laws_are_kept() {
    assert_eq!(broken(None), [] as [&str; 0]);
}

#[test]
fn each_flaw_breaks_its_law_and_no_other() {
    let wrong = FLAWS.iter().filter_map(|(flaw, law)| {
        let broken = broken(Some(*flaw));
        (broken != [*law]).then(|| format!("{flaw:?} breaks {broken:?}"))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), [] as [String; 0]);
}

#[test]
fn each_law_has_a_flaw_that_breaks_it() {
    let broken: BTreeSet<_> = FLAWS.iter().map(|(_, law)| *law).collect();
    let laws: BTreeSet<_> = LAWS.iter().map(|law| law.name).collect();
    assert_eq!(broken, laws);
}
