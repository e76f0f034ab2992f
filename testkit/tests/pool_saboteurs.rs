//! Shows that each law of connection pools can fail: for each, one flawed pool violates it and no
//! other law.

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
        OverflowOfTwoIsKept breaks returned_overflow_is_closed,
        OverflowIsClosedThoughSomeoneWaits breaks returned_overflow_goes_to_a_waiter,
        FifthGrowthMintsAPlace breaks resizing_never_exceeds_the_size,
        ShrinksAtTheNextReturn breaks shrinking_closes_the_surplus,
        GrowsAtTheNextReturn breaks growing_serves_waiters,
        OneOfSevenAtATime breaks nested_use_gets_its_own_resource,
        PanicInCreateCostsAPlace breaks panic_in_create_frees_its_permit,
        PanicInCheckCostsAPlace breaks panic_in_check_frees_its_permit,
        PanicInResetCostsAPlace breaks panic_in_reset_frees_its_permit,
        PanicInIsBrokenCostsAPlace breaks panic_in_is_broken_frees_its_permit,
        PanicInCloseCostsAPlace breaks panic_in_close_frees_its_permit,
        PanicOfTheBorrowerCostsAPlace breaks panic_of_a_borrower_frees_its_permit,
        DroppedWaitStaysInTheQueue breaks dropped_wait_frees_its_permit,
        DroppedConnectCostsAPlace breaks dropped_connect_frees_its_permit,
        DroppedCheckCostsAPlace breaks dropped_check_frees_its_permit,
        DroppedResetCostsAPlace breaks dropped_reset_frees_its_permit,
        DroppedUseCostsAPlace breaks dropped_use_frees_its_permit,
        DroppedMaintainCostsAPlace breaks dropped_maintain_frees_its_permit,
        DroppedDrainGoesOn breaks dropped_drain_leaves_a_closed_pool,
        WaitIsCutLate breaks deadline_covers_waiting,
        ConnectIsCutLate breaks deadline_covers_connecting,
        CutConnectCostsAPlace breaks deadline_covers_connecting,
        ConnectsAnew breaks connect_outlives_its_caller,
        SaysNoTimeToRetry breaks failing_connects_have_pauses,
        CheckIsCutLate breaks deadline_covers_checking,
        CutCheckCostsAPlace breaks deadline_covers_checking,
        HalfReadIsGood breaks deadline_covers_checking,
        ResetIsCutLate breaks deadline_covers_resetting,
        CutResetCostsAPlace breaks deadline_covers_resetting,
        CheckAfterAWaitIsCutLate breaks deadline_is_one_for_all_stages,
        DeadOnesTakeTheirTime breaks dead_connections_share_one_deadline,
        OneSlowCheckTakesAllTheTime breaks slow_check_costs_one_resource,
        ChecksTakeAllTheTime breaks slow_check_leaves_time_to_connect,
        ConnectsTakeTwiceTheTime breaks connect_has_its_own_limit,
        IsMorePatientThanTold breaks checkout_timeout_limits_every_checkout,
        CutsAMomentEarly breaks resource_ready_at_the_deadline_is_lent,
        LosesTheConnectError breaks connect_error_is_the_source,
        AuthenticationErrorIsATimeout breaks connect_error_is_the_source,
        ForgetsTheLastError breaks timeout_reports_the_last_connect_error,
        DownIsFull breaks unreachable_is_not_full,
        TellsFailedConnectsLate breaks failed_connect_is_reported_at_once,
        GivesUpAfterTenFailures breaks failing_connects_do_not_block_the_pool,
        WaitsThoughToldNotTo breaks checkout_without_waiting_answers_at_once,
        LetsAllWait breaks full_queue_refuses_at_once,
        DoesNotSayHowMany breaks refusal_names_the_pool_and_its_size,
        FourthOvertakesTheThird breaks waiters_are_served_in_arrival_order,
        NewcomersOvertake breaks newcomers_do_not_overtake,
        WakesNobody breaks waiters_are_woken,
        LifoIsFifo breaks lifo_lends_the_last_returned,
        FifoIsLifo breaks fifo_lends_the_longest_idle,
        OverloadCloses breaks ended_use_returns_the_resource,
        SupersededGivesBack breaks cut_use_closes_the_resource,
        TrustsTheSecondThatIsBroken breaks broken_resource_is_closed_on_return,
        SkipsTheFourthReset breaks reset_comes_before_reuse,
        TwoFailedChecksRefuse breaks failed_check_lends_another,
        FailedResetIsGood breaks failed_reset_lends_another,
        TrustsTheDead breaks restart_leaves_a_clean_pool,
        LivesAMomentTooLong breaks too_old_is_not_lent,
        IsIdleAMomentTooLong breaks idle_too_long_is_not_lent,
        ConnectsAtTheStart breaks start_connects_to_nothing,
        KeepsOneIdleOfTwo breaks maintain_keeps_min_idle,
        BacksOffTooFar breaks maintain_connects_with_backoff,
        LeavesTheOldAlone breaks maintain_closes_old_resources,
        SleepsThroughItsWork breaks maintain_is_woken,
        SleepsThroughItsEnd breaks maintain_ends_with_the_pool,
        MaintainsForEver breaks maintain_ends_with_the_pool,
        ClosedIsFull breaks closed_pool_refuses,
        SendsAwayLate breaks closing_refuses_running_checkouts,
        ClosesAllIdleButOne breaks closing_closes_idle_resources,
        ClosedKeepsWhatComesBack breaks closed_pool_keeps_nothing,
        LastHandleIsKept breaks last_handle_closes_idle_resources,
        DrainWaitsHalfTheTime breaks drain_waits_for_lent_resources,
        DrainSaysOneLess breaks drain_reports_what_is_left,
        TakesNoLeave breaks drain_closes_gracefully,
        ConnectingIsNotCountedInAQueue breaks status_counts_by_state,
        OnceReadyAlwaysReady breaks status_is_degraded_until_connected,
        OldIsIdle breaks closed_resources_are_counted_by_reason,
        AllWaitsAreTheLongest breaks waits_are_counted,
        HasNoReadings breaks readings_equal_the_status,
        ClosesOneWhenLookedAt breaks status_changes_nothing,
        MiscountsTheTenth breaks counts_add_up,
        LendsASeventhOfSix breaks threads_never_exceed_max_size,
        LosesWhatOtherThreadsReturn breaks threads_lose_nothing,
        KeepsNothingAfterTenYears breaks origin_of_time_does_not_matter,
    }
}
