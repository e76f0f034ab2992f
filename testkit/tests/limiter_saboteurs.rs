//! The laws of rate limiters can fail: for each, there is a limiter that breaks it and no other.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use seawall_testkit::limiter::{LAWS, Subject};

#[path = "limiter_saboteurs/flawed.rs"]
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
    NewcomersMayNotTakeAll breaks burst_goes_through_at_once,
    EachTwentiethRefusalCosts breaks refused_call_takes_nothing,
    TenthRefusalAtOnceTakesTheRest breaks costs_are_weighed,
    SaysWhenTheImpossibleGoes breaks cost_above_limit_is_never_let_through,
    TheImpossibleTakesOne breaks cost_above_limit_is_never_let_through,
    SaysTooLongATimeForTwo breaks retry_after_is_honest,
    SaysTooShortATimeForTwo breaks retry_after_is_honest,
    EachTenthCallCostsTwo breaks limit_is_given_out_in_full,
    ThanksForTenSuccesses breaks no_window_sees_more_than_the_bound,
    FourthKeyPaysWithTheThirds breaks keys_are_counted_apart,
    KeysAreWhatTheyRead breaks key_parts_are_not_joined,
    NoKeyIsKeyZero breaks calls_without_key_are_counted_apart,
    ThirdLookInARowCosts breaks peek_changes_nothing,
    PeeksAtHalfTheWait breaks peek_tells_what_entering_does,
    PeeksNoImpossibility breaks peek_tells_what_entering_does,
    RoundsUpWhatRemains breaks remaining_can_be_spent,
    HidesOneOfWhatRemains breaks remaining_can_be_spent,
    PeeksAtTheRate breaks remaining_can_be_spent,
    ResetsTooLate breaks reset_time_is_when_all_is_back,
    ResetsTooEarly breaks reset_time_is_when_all_is_back,
    TellsTheWindowOfOne breaks reset_time_is_when_all_is_back,
    ResetsAtOnce breaks reset_time_is_when_all_is_back,
    WhoHoldsLongPaysOne breaks unused_call_was_never_there,
    GivesBackWhatWasLost breaks giving_back_mints_nothing,
    RefundsOneTooFew breaks refund_never_exceeds_the_limit,
    KeepsRefundsForLater breaks refund_never_exceeds_the_limit,
    ResetForgetsAll breaks reset_forgets_one_key,
    ResetKeepsOne breaks reset_forgets_one_key,
    GivesBackWhatWasReset breaks nothing_comes_back_after_a_reset,
    DrainsMoreThanItSays breaks drain_takes_what_is_left,
    DrainLeavesOne breaks drain_takes_what_is_left,
    DrainsAllKeys breaks drain_takes_what_is_left,
    KeepsOneKeyTooMany breaks keys_are_bounded,
    KeepsHalfTheKeys breaks keys_are_bounded,
    KeepsKeysThatItRefuses breaks refused_keys_are_not_kept,
    NeverForgets breaks keys_with_all_back_make_room,
    ForgetsTheFirst breaks used_up_keys_stay_used_up,
    FillsGaps breaks waiters_go_in_order,
    WhoWantsThreeAsksAgain breaks waiters_go_in_order,
    WhoWantsAllAsksAgain breaks large_cost_is_not_starved,
    LetsTheHopelessHope breaks hopeless_waiter_is_refused_at_once,
    TheHopelessPayOne breaks hopeless_waiter_is_refused_at_once,
    KnowsNoDeadlines breaks hopeless_waiter_is_refused_at_once,
    TheLongerPatienceCounts breaks call_says_how_long_it_waits,
    KnowsNoPatienceOfItsOwn breaks call_says_how_long_it_waits,
    WhoGivesUpPays breaks waiter_that_gives_up_gives_back,
    WhoGivesUpInTheMiddleGetsTwice breaks waiting_mints_nothing,
    CountsNoImpossibleCalls breaks books_close,
    BooksPanicsAsFailures breaks books_close,
    CountsTokensForCalls breaks books_close,
    RefusesInAnothersName breaks refusal_says_who_and_why,
    RefusesWithoutTheLimit breaks refusal_says_who_and_why,
    IsNoRateLimiter breaks refusal_says_who_and_why,
    HasAnothersStatus breaks refusal_says_who_and_why,
    StatusMovesTime breaks status_changes_nothing,
    ZeroIsNoTime breaks origin_of_time_does_not_matter,
    GoesBackInTime breaks older_times_are_survived,
    OlderTimesLockOut breaks older_times_are_survived,
    NoWaitIsLongerThanAYear breaks extremes_are_kept,
    RefundsIn64Bits breaks extremes_are_kept,
    WhoWaitsForEverGoesAtOnce breaks extremes_are_kept,
    EachThreadHasAllThereIs breaks one_instant_gives_just_the_burst,
    OtherThreadsLeaveOne breaks one_instant_gives_just_the_burst,
    LosesWhatOtherThreadsEnd breaks threads_lose_nothing,
    LosesWhatOtherThreadsAreRefused breaks threads_lose_nothing,
    ClonesStartAnew breaks clones_count_together,
}

/// The laws that a limiter with `flaw` breaks.
fn broken(flaw: Option<Flaw>) -> Vec<&'static str> {
    let subject = Subject::new(|setup| Flawed::new(setup, flaw));
    let breaks = |law: &&seawall_testkit::limiter::Law| {
        catch_unwind(AssertUnwindSafe(|| law.check(&subject))).is_err()
    };
    LAWS.iter().filter(breaks).map(|law| law.name).collect()
}

#[test]
fn without_a_flaw_all_laws_are_kept() {
    assert_eq!(broken(None), [] as [&str; 0]);
}

/// What is not as it is declared.
fn wrong((flaw, law): &(Flaw, &str)) -> Option<String> {
    let broken = broken(Some(*flaw));
    (broken != [*law]).then(|| format!("{flaw:?} breaks {broken:?}"))
}

#[test]
fn each_flaw_breaks_its_law_and_no_other() {
    let (some, others) = FLAWS.split_at(FLAWS.len() / 2);
    let wrong = thread::scope(|scope| {
        let some = scope.spawn(|| some.iter().filter_map(wrong).collect::<Vec<_>>());
        let others: Vec<_> = others.iter().filter_map(wrong).collect();
        [some.join().expect("no panic is let out"), others].concat()
    });
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn each_law_has_a_flaw_that_breaks_it() {
    let broken: BTreeSet<_> = FLAWS.iter().map(|(_, law)| *law).collect();
    let laws: BTreeSet<_> = LAWS.iter().map(|law| law.name).collect();
    assert_eq!(broken, laws);
}
