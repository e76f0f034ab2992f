//! The laws of bulkheads can fail: for each, there is a bulkhead that breaks it and no other.

use seawall_testkit::bulkhead;

#[macro_use]
mod saboteurs;
#[path = "bulkhead_saboteurs/flawed.rs"]
mod flawed;

use flawed::Flawed;

saboteurs! {
    bulkhead, Flawed {
        ThirtiethCallAddsAPermit breaks never_more_than_the_maximum,
        LastPermitIsForWaiters breaks free_permit_is_granted_at_once,
        KeepsPermitsOfPanics breaks every_end_returns_the_permit,
        KeepsPermitsOfSuperseded breaks every_end_returns_the_permit,
        KeepsPermitsOfAbandoned breaks dropped_call_returns_its_permit,
        KeepsPermitsOfUnused breaks later_refusal_returns_the_permit,
        EachTwentiethRefusalTakesAPermit breaks refused_calls_hold_nothing,
        LastComesFirst breaks waiters_go_in_order,
        NewcomersOvertake breaks waiters_go_in_order,
        WaitsTwiceAsLong breaks wait_ends_in_time,
        KeepsPermitsOfLeavers breaks waiters_that_leave_pass_their_turn_on,
        LeaversStayInTheQueue breaks waiters_that_leave_pass_their_turn_on,
        WakesNobody breaks waiter_is_woken,
        WakesTheFirstWaker breaks waiter_is_woken,
        GrowsForNewcomersOnly breaks more_permits_go_to_waiters,
        ShrinksByFreePermitsOnly breaks fewer_permits_are_reached_as_calls_end,
        ZeroClosesIt breaks impossible_changes_change_nothing,
        ResizesForAKey breaks impossible_changes_change_nothing,
        WaitersOutliveTheEnd breaks closed_bulkhead_refuses,
        AdmitsWhenClosedIfNotFull breaks closed_bulkhead_refuses,
        CountsNoTimeouts breaks every_call_is_accounted_for,
        BooksPanicsAsFailures breaks every_call_is_accounted_for,
        LosesThoseWhoWentAway breaks every_call_is_accounted_for,
        RefusesInAnothersName breaks refusal_names_layer_kind_and_limit,
        RefusesWithoutTheLimit breaks refusal_names_layer_kind_and_limit,
        OtherThreadsHaveOneMore breaks threads_never_exceed_the_maximum,
    }
}
