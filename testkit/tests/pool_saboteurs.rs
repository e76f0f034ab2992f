//! The laws of connection pools can fail: for each, there is a pool that breaks it and no other.

use seawall_testkit::pool;

#[macro_use]
mod saboteurs;
#[path = "pool_saboteurs/checkout.rs"]
mod checkout;
#[path = "pool_saboteurs/control.rs"]
mod control;
#[path = "pool_saboteurs/flawed.rs"]
mod flawed;
#[path = "pool_saboteurs/forgotten.rs"]
mod forgotten;
#[path = "pool_saboteurs/manager.rs"]
mod manager;
#[path = "pool_saboteurs/wrong_answers.rs"]
mod wrong_answers;
#[path = "pool_saboteurs/wrong_options.rs"]
mod wrong_options;
#[path = "pool_saboteurs/wrong_returns.rs"]
mod wrong_returns;
#[path = "pool_saboteurs/wrong_status.rs"]
mod wrong_status;

use flawed::Flawed;

saboteurs! {
    pool, Flawed {
        LendsASixthOfFive breaks never_more_are_lent_than_max,
        OverflowOfTwoIsThree breaks overflow_has_a_limit,
        OverflowOfTwoIsKept breaks overflow_is_closed_as_it_comes_back,
        OverflowIsClosedThoughSomeoneWaits breaks overflow_goes_to_who_waits,
        FifthGrowthMintsAPlace breaks resizing_mints_no_place,
        ShrinksAtTheNextReturn breaks shrinking_closes_what_is_too_many,
        GrowsAtTheNextReturn breaks growing_serves_who_waits,
        OneOfSevenAtATime breaks nested_use_gets_its_own,
        PanicInCreateCostsAPlace breaks panic_in_create_costs_no_place,
        PanicInCheckCostsAPlace breaks panic_in_check_costs_no_place,
        PanicInResetCostsAPlace breaks panic_in_reset_costs_no_place,
        PanicInIsBrokenCostsAPlace breaks panic_in_is_broken_costs_no_place,
        PanicInCloseCostsAPlace breaks panic_in_close_costs_no_place,
        PanicOfTheBorrowerCostsAPlace breaks panic_of_the_borrower_costs_no_place,
        DroppedWaitStaysInTheQueue breaks dropped_wait_costs_no_place,
        DroppedConnectCostsAPlace breaks dropped_connect_costs_no_place,
        DroppedCheckCostsAPlace breaks dropped_check_costs_no_place,
        DroppedResetCostsAPlace breaks dropped_reset_costs_no_place,
        DroppedUseCostsAPlace breaks dropped_use_costs_no_place,
        DroppedMaintainCostsAPlace breaks dropped_maintain_costs_no_place,
        DroppedDrainGoesOn breaks dropped_drain_leaves_a_closed_pool,
        WaitIsCutLate breaks deadline_covers_waiting,
        ConnectIsCutLate breaks deadline_covers_connecting,
        CutConnectCostsAPlace breaks deadline_covers_connecting,
        CheckIsCutLate breaks deadline_covers_checking,
        CutCheckCostsAPlace breaks deadline_covers_checking,
        HalfReadIsGood breaks deadline_covers_checking,
        ResetIsCutLate breaks deadline_covers_resetting,
        CutResetCostsAPlace breaks deadline_covers_resetting,
        ResetAfterAWaitIsCutLate breaks deadline_is_one_for_all_stages,
        DeadOnesAreTriedOneByOne breaks dead_connections_share_one_deadline,
        WhatComesBackIsSuspect breaks what_was_in_use_is_not_suspect,
        ChecksTakeAllTheTime breaks slow_check_leaves_time_to_connect,
        ConnectsTakeTwiceTheTime breaks connect_has_its_own_limit,
        IsMorePatientThanTold breaks patience_bounds_every_checkout,
        CutsAMomentEarly breaks what_is_there_at_the_deadline_counts,
        LosesTheConnectError breaks connect_error_is_the_source,
        AuthenticationErrorIsATimeout breaks connect_error_is_the_source,
        ForgetsTheLastError breaks last_error_is_told_with_what_was_too_slow,
        DownIsFull breaks down_is_not_full,
        TellsFailedConnectsLate breaks failed_connect_is_told_at_once,
        GivesUpAfterTenFailures breaks failing_connects_do_not_wedge,
        WaitsThoughToldNotTo breaks who_does_not_wait_is_told_at_once,
        LetsAllWait breaks full_queue_refuses_at_once,
        DoesNotSayHowMany breaks refusal_says_who_and_how_many,
        FourthOvertakesTheThird breaks waiters_are_served_in_order,
        NewcomersOvertake breaks newcomers_do_not_overtake,
        WakesNobody breaks who_waits_is_woken,
        LifoIsFifo breaks lifo_lends_what_came_back_last,
        FifoIsLifo breaks fifo_lends_what_was_idle_longest,
        OverloadCloses breaks ended_use_gives_back,
        SupersededGivesBack breaks unended_use_closes,
        TrustsTheSecondThatIsBroken breaks broken_is_closed_as_it_comes_back,
        SkipsTheFourthReset breaks reset_comes_before_reuse,
        TwoFailedChecksRefuse breaks failed_check_lends_another,
        TwoFailedResetsRefuse breaks failed_reset_lends_another,
        TrustsTheDead breaks restart_leaves_a_clean_pool,
        LivesAMomentTooLong breaks too_old_is_not_lent,
        IsIdleAMomentTooLong breaks idle_too_long_is_not_lent,
        ConnectsAtTheStart breaks start_connects_to_nothing,
        KeepsOneIdleOfTwo breaks maintain_keeps_min_idle,
        BacksOffTooFar breaks maintain_connects_with_backoff,
        LeavesTheOldAlone breaks maintain_closes_what_is_too_old,
        SleepsThroughItsWork breaks maintain_is_woken,
        SleepsThroughItsEnd breaks maintain_ends_with_the_pool,
        MaintainsForEver breaks maintain_ends_with_the_pool,
        ClosedIsFull breaks closed_pool_refuses,
        SendsAwayLate breaks closing_sends_away_who_is_under_way,
        ClosesAllIdleButOne breaks closing_closes_what_is_idle,
        ClosedKeepsWhatComesBack breaks closed_pool_keeps_nothing,
        LastHandleIsKept breaks last_handle_closes_what_is_idle,
        DrainWaitsHalfTheTime breaks drain_waits_for_what_is_lent,
        DrainSaysOneLess breaks drain_says_what_is_left,
        TakesNoLeave breaks drain_takes_leave,
        ConnectingIsNotCountedInAQueue breaks status_counts_each_where_it_is,
        OnceReadyAlwaysReady breaks status_says_whether_it_can_lend,
        OldIsIdle breaks closed_are_counted_by_reason,
        AllWaitsAreTheLongest breaks waits_are_counted,
        HasNoReadings breaks readings_are_the_status,
        ClosesOneWhenLookedAt breaks status_changes_nothing,
        MiscountsTheTenth breaks books_close,
        LendsASeventhOfSix breaks threads_get_no_more_than_max,
        LosesWhatOtherThreadsReturn breaks threads_lose_nothing,
        KeepsNothingAfterTenYears breaks origin_of_time_does_not_matter,
    }
}
