//! Manual control, and states that outlive a change of options or a restart.

use std::time::Duration;

use crate::fixture::{Fixture, SECOND};
use seawall_breaker::{
    BreakerOptions, CircuitBreaker, Class, Control, KeyOptions, KeyedBreaker, OpenReason, Ramp,
    RateWindow, Ratio, Snapshot, State, Verdict,
};
use seawall_core::{Detail, Driver, Event, Observer};

fn options() -> BreakerOptions {
    BreakerOptions::new("payments").failures(2)
}

#[test]
fn forced_open_it_refuses_until_someone_says_otherwise() {
    let bench = Fixture::new(&options());
    bench.breaker.force_open();
    bench.wait(3600 * SECOND);
    let refusal = bench.acquire().expect_err("forced open");
    assert!(refusal.is_circuit_open());
    assert_eq!(refusal.retry_after(), None, "nobody knows");
    bench.assert_state(State::ForcedOpen);
    bench.breaker.reset();
    assert!(bench.admits());
    let told = [("closed", "forced_open", "manual"), ("forced_open", "closed", "manual")];
    assert_eq!(bench.changes(), told);
}

#[test]
fn disabled_it_lets_everything_through_and_counts_nothing() {
    let bench = Fixture::new(&options());
    bench.fail(1);
    bench.breaker.disable();
    bench.fail(100);
    bench.assert_state(State::Disabled);
    bench.breaker.reset();
    bench.fail(1);
    bench.assert_state(State::Closed);
    bench.assert_books_close();
}

#[test]
fn observing_it_tells_once_what_it_would_have_done() {
    let bench = Fixture::new(&options().failures(2).window(SECOND));
    bench.breaker.observe();
    bench.fail(5);
    let told = ("observing", "would_open", "failures within the window");
    assert_eq!(bench.changes()[1..], [told]);
    bench.wait(SECOND);
    bench.succeed(1);
    bench.fail(2);
    assert_eq!(bench.changes()[1..], [told, told], "anew, when it would have opened anew");
    bench.assert_state(State::Observing);
}

#[test]
fn results_from_before_a_hand_moved_it_are_late() {
    let bench = Fixture::new(&options());
    let before = bench.admitted();
    bench.breaker.force_open();
    before.failure();
    assert_eq!(bench.status().calls.late, 1);
    let before = {
        bench.breaker.disable();
        bench.admitted()
    };
    bench.breaker.reset();
    before.failure();
    assert_eq!((bench.status().calls.late, bench.status().failures), (2, 0));
}

#[test]
fn it_can_be_tripped_for_a_time() {
    let bench = Fixture::new(&options());
    bench.breaker.trip(3600 * SECOND);
    assert_eq!(bench.changes(), [("closed", "open", "manual")]);
    bench.breaker.reconfigure(&options().failures(9)).expect("valid");
    assert_eq!(bench.status().retry_after, Some(3600 * SECOND), "the reset time is the same");
    bench.wait(3600 * SECOND);
    bench.succeed(1);
    bench.assert_state(State::Closed);
}

#[test]
fn resetting_forgets_what_was_counted() {
    let bench = Fixture::new(&options());
    bench.fail(1);
    bench.breaker.reset();
    bench.fail(1);
    bench.assert_state(State::Closed);
    bench.fail(1);
    bench.breaker.reset();
    bench.assert_state(State::Closed);
    assert!(bench.admits());
}

#[test]
fn a_window_never_counts_successes_of_one_before() {
    let rates = options().failure_rate(Ratio::percent(50)).minimum_calls(1);
    let bench = Fixture::new(&rates.rate_window(RateWindow::Time(10 * SECOND)));
    let calls = || bench.status().sample.expect("a rule").calls;
    bench.succeed(3);
    assert_eq!(calls(), 3);
    // Threads keep successes under marks, which come again after 4096 windows.
    for window in 1..=2 * 4096 {
        bench.breaker.reset();
        assert_eq!(calls(), 0, "in window {window}");
    }
    bench.succeed(2);
    assert_eq!((calls(), bench.status().calls.ended(Verdict::Success)), (2, 5));
    bench.assert_books_close();
}

#[test]
fn a_rate_that_comes_later_counts_from_then_on() {
    let bench = Fixture::new(&options());
    bench.succeed(3);
    let rates = options().failure_rate(Ratio::percent(50)).minimum_calls(1);
    let rates = rates.rate_window(RateWindow::Time(10 * SECOND));
    bench.breaker.reconfigure(&rates).expect("valid");
    bench.succeed(1);
    assert_eq!(bench.status().sample.expect("a rule").calls, 1);
}

#[test]
fn one_control_turns_many_also_those_that_come_later() {
    let (one, other, late) =
        (Fixture::new(&options()), Fixture::new(&options()), Fixture::new(&options()));
    let control = Control::new();
    control.attach(&one.breaker);
    control.attach(&one.breaker);
    control.attach(&other.breaker);
    control.force_open();
    control.attach(&late.breaker);
    for bench in [&one, &other, &late] {
        bench.assert_state(State::ForcedOpen);
        assert_eq!(bench.changes().len(), 1, "told once");
    }
    control.detach(&other.breaker);
    control.resume();
    one.assert_state(State::Closed);
    other.assert_state(State::ForcedOpen);
    late.assert_state(State::Closed);
    control.observe();
    control.disable();
    late.assert_state(State::Disabled);
    other.assert_state(State::ForcedOpen);
}

#[test]
fn a_control_does_not_keep_breakers_alive() {
    let control = Control::new();
    for _ in 0..100 {
        control.attach(&CircuitBreaker::start(&options()).expect("valid"));
    }
    let debug = format!("{control:?}");
    assert_eq!(debug.matches("Follower {").count(), 1, "the last, until the next comes");
}

#[test]
fn reconfiguring_keeps_what_was_counted_and_a_circuit_that_is_open() {
    let bench = Fixture::new(&options().failures(5));
    bench.fail(3);
    bench.breaker.reconfigure(&options().failures(4)).expect("valid");
    bench.fail(1);
    bench.assert_state(State::Open);
    bench.wait(SECOND);
    let longer = options().failures(4).reset_after(10 * SECOND);
    bench.breaker.reconfigure(&longer).expect("valid");
    assert_eq!(bench.status().retry_after, Some(9 * SECOND), "from when it opened");
    bench.wait(9 * SECOND);
    bench.succeed(1);
    bench.assert_state(State::Closed);
}

#[test]
fn a_lower_threshold_opens_nothing_before_the_next_failure() {
    let bench = Fixture::new(&options().failures(10).consecutive_failures(10));
    bench.fail(9);
    bench.breaker.reconfigure(&options().failures(2).consecutive_failures(2)).expect("valid");
    bench.assert_state(State::Closed);
    assert_eq!(bench.status().failures, 1);
    bench.fail(1);
    bench.assert_state(State::Open);
}

#[test]
fn reconfiguring_keeps_rates_whose_window_is_the_same() {
    let rates = |percent| {
        let rate = Ratio::percent(percent);
        options().failures(99).failure_rate(rate).rate_window(RateWindow::Calls(10))
    };
    let bench = Fixture::new(&rates(90).minimum_calls(4));
    bench.succeed(2);
    bench.fail(1);
    bench.breaker.reconfigure(&rates(90).minimum_calls(5)).expect("valid");
    assert_eq!(bench.status().sample.expect("a rule").calls, 3);
    bench.fail(1);
    bench.breaker.reconfigure(&rates(30).minimum_calls(5)).expect("valid");
    bench.succeed(1);
    assert_eq!(bench.changes(), [("closed", "open", "failure rate")]);
}

#[test]
fn rates_whose_window_changes_start_anew() {
    let over = |window| {
        let rates = options().failures(99).failure_rate(Ratio::ONE).minimum_calls(4);
        rates.rate_window(window)
    };
    let bench = Fixture::new(&over(RateWindow::Calls(10)));
    bench.fail(3);
    bench.breaker.reconfigure(&over(RateWindow::Calls(9))).expect("valid");
    assert_eq!(bench.status().sample.expect("a rule").calls, 0);
    assert_eq!(bench.status().failures, 3);
}

#[test]
fn calls_that_hang_still_do_after_reconfiguring_unless_the_rule_changes() {
    let hung = |limit, slow| options().failures(99).slow_call(slow).hung_calls(limit);
    let bench = Fixture::new(&hung(2, SECOND));
    let _hanging = (bench.admitted(), bench.admitted());
    bench.breaker.reconfigure(&hung(2, SECOND).failures(98)).expect("valid");
    bench.wait(2 * SECOND);
    assert!(!bench.admits());
    let bench = Fixture::new(&hung(2, SECOND));
    let _hanging = (bench.admitted(), bench.admitted());
    bench.breaker.reconfigure(&hung(2, 2 * SECOND)).expect("valid");
    bench.wait(60 * SECOND);
    assert!(bench.admits());
}

#[test]
fn calls_that_entered_before_slowness_was_a_rule_are_not_slow() {
    let bench = Fixture::new(&options().failures(99));
    bench.wait(60 * SECOND);
    let under_way = [bench.admitted(), bench.admitted()];
    let slow = options().failures(99).slow_call(SECOND).slow_call_rate(Ratio::percent(50));
    bench.breaker.reconfigure(&slow.minimum_calls(4)).expect("valid");
    bench.wait(SECOND / 2);
    under_way.into_iter().for_each(seawall_core::Permit::success);
    let slow = || bench.status().sample.expect("a rule").slow;
    assert_eq!(slow(), 0);
    bench.succeed_in(SECOND);
    assert_eq!(slow(), 1, "it entered after");
    bench.assert_state(State::Closed);
    bench.succeed_in(SECOND);
    bench.assert_state(State::Open);
}

#[test]
fn calls_that_entered_before_hanging_was_a_rule_make_up_for_none_that_hang() {
    let hung = options().failures(99).slow_call(SECOND).hung_calls(3);
    for before in [options().failures(99), hung.clone().slow_call(9 * SECOND)] {
        let bench = Fixture::new(&before);
        bench.wait(60 * SECOND);
        let under_way = bench.admitted();
        bench.wait(SECOND);
        bench.breaker.reconfigure(&hung).expect("valid");
        let _hanging = [bench.admitted(), bench.admitted()];
        bench.wait(SECOND / 2);
        let _another = bench.admitted();
        bench.wait(SECOND);
        bench.succeed(1);
        assert_eq!(bench.status().hung, Some(2));
        under_way.success();
        assert_eq!(bench.status().hung, Some(2));
        bench.wait(SECOND);
        assert!(!bench.admits());
    }
}

#[test]
fn an_open_circuit_can_be_told_to_heal() {
    let bench = Fixture::new(&options().reset_after(60 * SECOND));
    bench.fail(2);
    let healing = options().reset_after(60 * SECOND).heal_after(7 * SECOND);
    bench.breaker.reconfigure(&healing).expect("valid");
    bench.wait(7 * SECOND);
    assert!(bench.admits());
    bench.assert_state(State::Closed);
}

#[test]
fn a_tripped_circuit_is_probed_and_never_heals_whatever_the_options_become() {
    let healing = options().heal_after(7 * SECOND);
    let bench = Fixture::new(&healing);
    bench.breaker.trip(3600 * SECOND);
    bench.wait(7 * SECOND);
    assert!(!bench.admits());
    for changed in [healing.clone().failures(9), healing.heal_after(SECOND).reset_after(SECOND)] {
        bench.breaker.reconfigure(&changed).expect("valid");
        assert_eq!(bench.status().retry_after, Some(3593 * SECOND));
    }
    bench.wait(3593 * SECOND);
    let _probe = bench.admitted();
    bench.assert_state(State::HalfOpen);
}

/// Opened by an answer that asked for thirty seconds.
fn asked_to_stay_away() -> Fixture {
    let bench = Fixture::new(&options());
    bench.admitted().settle(Class::overload(Some(30 * SECOND)));
    bench
}

#[test]
fn a_new_reset_time_is_not_for_a_circuit_that_was_told_when_to_come_back() {
    let bench = asked_to_stay_away();
    bench.wait(SECOND);
    bench.breaker.reconfigure(&options().reset_after(10 * SECOND)).expect("valid");
    assert_eq!(bench.status().retry_after, Some(29 * SECOND));
    bench.breaker.reconfigure(&options().heal_after(7 * SECOND)).expect("valid");
    assert_eq!(bench.status().retry_after, Some(6 * SECOND), "but it can heal");
}

#[test]
fn an_open_circuit_without_healing_is_probed_at_its_reset_time() {
    let reset = options().reset_after(60 * SECOND);
    let bench = Fixture::new(&reset.clone().heal_after(7 * SECOND));
    bench.fail(2);
    bench.breaker.reconfigure(&reset).expect("valid");
    assert_eq!(bench.status().retry_after, Some(60 * SECOND));
}

#[test]
fn results_of_calls_under_way_count_after_reconfiguring() {
    let bench = Fixture::new(&options());
    let under_way = bench.admitted();
    bench.breaker.reconfigure(&options().failures(1)).expect("valid");
    under_way.failure();
    bench.assert_state(State::Open);
}

#[test]
fn options_that_are_invalid_change_nothing() {
    let bench = Fixture::new(&options());
    let error = bench.breaker.reconfigure(&options().failures(0)).expect_err("invalid");
    assert_eq!(error.option(), "failures");
    bench.fail(2);
    bench.assert_state(State::Open);
}

#[test]
fn a_restart_goes_on_where_it_left_off_whatever_the_clock_shows_then() {
    // A clock that starts with the process shows less than the age of what was counted before.
    for shows in [Duration::ZERO, SECOND, 3600 * SECOND] {
        a_restart_goes_on_where_it_left_off(shows);
    }
}

fn a_restart_goes_on_where_it_left_off(shows: Duration) {
    let before = Fixture::new(&options().consecutive_failures(9));
    before.fail(1);
    before.wait(4 * SECOND);
    let after = Fixture::new(&options().consecutive_failures(9));
    after.wait(shows);
    after.breaker.import(&before.breaker.export()).expect("valid");
    assert_eq!((after.status().failures, after.status().consecutive_failures), (1, Some(1)));
    after.wait(6 * SECOND);
    assert_eq!(after.status().failures, 0, "ten seconds after it failed");
    after.breaker.import(&before.breaker.export()).expect("valid");
    after.wait(5 * SECOND);
    after.fail(1);
    after.assert_state(State::Open);

    after.wait(SECOND);
    let snapshot = after.breaker.export();
    let later = Fixture::new(&options());
    later.wait(shows);
    later.breaker.import(&snapshot).expect("valid");
    assert_eq!(later.status().retry_after, Some(4 * SECOND));
    assert_eq!(later.status().since, SECOND);
    assert_eq!(later.breaker.export(), snapshot);
    assert_eq!(later.changes(), [("closed", "open", "restored")]);
    later.wait(4 * SECOND);
    later.succeed(1);
    later.assert_state(State::Closed);
}

#[test]
fn a_failure_as_old_as_the_window_is_not_restored() {
    let before = Fixture::new(&options().failures(3).window(60 * SECOND));
    before.fail(1);
    before.wait(4 * SECOND);
    before.fail(1);
    before.wait(6 * SECOND);
    let snapshot = before.breaker.export();
    let after = Fixture::new(&options().failures(3).window(10 * SECOND));
    after.breaker.import(&snapshot).expect("valid");
    assert_eq!(after.status().failures, 1, "of one ten seconds old and one of six");
    assert_eq!(after.breaker.export().failures, [6 * SECOND]);
}

#[test]
fn new_options_count_from_when_it_opened_before_the_restart() {
    let before = Fixture::new(&options());
    before.fail(2);
    before.wait(3 * SECOND);
    let after = Fixture::new(&options());
    after.breaker.import(&before.breaker.export()).expect("valid");
    after.wait(SECOND);
    after.breaker.reconfigure(&options().reset_after(10 * SECOND)).expect("valid");
    assert_eq!(after.status().retry_after, Some(6 * SECOND));
    assert_eq!(after.status().since, 4 * SECOND);
}

#[test]
fn a_restart_in_the_middle_of_probing_probes_at_once() {
    let before = Fixture::new(&options());
    before.fail(2);
    before.wait(5 * SECOND);
    let _probe = before.admitted();
    let after = Fixture::new(&options());
    after.breaker.import(&before.breaker.export()).expect("valid");
    after.assert_state(State::Open);
    after.succeed(1);
    after.assert_state(State::Closed);
}

/// One like it, with what it has carried over a restart.
fn restarted(before: &Fixture, options: &BreakerOptions) -> Fixture {
    let after = Fixture::new(options);
    after.breaker.import(&before.breaker.export()).expect("valid");
    after
}

#[test]
fn a_circuit_heals_after_a_restart_when_it_would_have() {
    let healing = options().reset_after(60 * SECOND).heal_after(7 * SECOND);
    let before = Fixture::new(&healing);
    before.fail(2);
    before.wait(3 * SECOND);
    let after = restarted(&before, &healing);
    assert_eq!(after.status().retry_after, Some(4 * SECOND));
    after.wait(4 * SECOND);
    assert!(after.admits());
    assert_eq!(after.changes().pop(), Some(("open", "closed", "healed")));
}

#[test]
fn a_tripped_circuit_is_one_after_a_restart_too() {
    let healing = options().heal_after(7 * SECOND);
    let before = Fixture::new(&healing);
    before.breaker.trip(3600 * SECOND);
    before.wait(10 * SECOND);
    let after = restarted(&before, &healing);
    after.breaker.reconfigure(&healing.reset_after(SECOND)).expect("valid");
    assert_eq!(after.status().retry_after, Some(3590 * SECOND));
    after.wait(3590 * SECOND);
    let _probe = after.admitted();
    after.assert_state(State::HalfOpen);
}

#[test]
fn a_circuit_that_was_told_when_to_come_back_knows_it_after_a_restart() {
    let after = restarted(&asked_to_stay_away(), &options());
    after.breaker.reconfigure(&options().reset_after(10 * SECOND)).expect("valid");
    assert_eq!(after.status().retry_after, Some(30 * SECOND));
}

#[test]
fn what_was_probed_or_recovering_before_a_restart_does_not_heal_by_it() {
    let healing = options().reset_after(5 * SECOND).heal_after(7 * SECOND);
    let ramp = healing.clone().ramp(Ramp::new(60 * SECOND, 1));
    for (options, probes) in [(healing, 0), (ramp, 1)] {
        let before = Fixture::new(&options);
        before.fail(2);
        before.wait(5 * SECOND);
        before.succeed(probes);
        let _probe = before.acquire();
        before.wait(10 * SECOND);
        let after = restarted(&before, &options);
        after.assert_state(State::Open);
        after.breaker.reconfigure(&options.reset_after(6 * SECOND)).expect("valid");
        let _probe = after.admitted();
        after.assert_state(State::HalfOpen);
    }
}

#[test]
fn a_snapshot_that_makes_no_sense_is_an_error_and_changes_nothing() {
    let bench = Fixture::new(&options());
    bench.fail(1);
    let good = bench.breaker.export();
    let changed = |change: fn(&mut Snapshot)| {
        let mut snapshot = good.clone();
        change(&mut snapshot);
        snapshot
    };
    for (snapshot, message) in [
        (
            changed(|snapshot| snapshot.open_for = SECOND),
            "the snapshot's `open_for` is for open circuits only",
        ),
        (
            changed(|snapshot| {
                *snapshot = Snapshot::new(State::Open);
                snapshot.open_for = Duration::MAX;
            }),
            "the snapshot's `open_for` is longer than ten years",
        ),
        (
            changed(|snapshot| snapshot.state = State::Open),
            "the snapshot's `failures` are counted by closed circuits only",
        ),
        (
            changed(|snapshot| snapshot.since = Duration::MAX),
            "the snapshot's `since` is longer than ten years",
        ),
        (
            changed(|snapshot| snapshot.failures = vec![SECOND, Duration::MAX]),
            "the snapshot's `failures` are older than ten years",
        ),
        (
            changed(|snapshot| snapshot.failures = vec![SECOND; 1_000_001]),
            "the snapshot's `failures` are more than a breaker counts",
        ),
        (
            changed(|snapshot| snapshot.open_reason = OpenReason::Manual),
            "the snapshot's `open_reason` is for open circuits only",
        ),
    ] {
        let error = bench.breaker.import(&snapshot).expect_err("invalid");
        assert_eq!(error.to_string(), message);
        assert_eq!(bench.status().failures, 1);
    }
    let mut full = good;
    full.failures = vec![SECOND; BreakerOptions::MAX_COUNT as usize];
    bench.breaker.import(&full).expect("as many as a breaker counts");
}

#[test]
fn what_a_breaker_gives_can_be_taken_however_long_it_was_to_last() {
    let centuries = Duration::from_secs(500 * YEAR);
    let bench = Fixture::new(&options().window(Duration::MAX));
    bench.fail(1);
    bench.wait(centuries);
    let old = restarted(&bench, &options().window(Duration::MAX));
    assert_eq!((old.status().failures, old.status().since.as_secs()), (1, 10 * YEAR));
    bench.breaker.trip(Duration::MAX);
    let tripped = restarted(&bench, &options());
    assert_eq!(tripped.status().retry_after.expect("open").as_secs(), 10 * YEAR);
}

const YEAR: u64 = 365 * 24 * 3600;

#[cfg(feature = "serde")]
#[test]
fn a_snapshot_can_be_written_and_read() {
    let bench = Fixture::new(&options());
    bench.fail(1);
    let snapshot = bench.breaker.export();
    let text = serde_json::to_string(&snapshot).expect("written");
    assert_eq!(serde_json::from_str::<Snapshot>(&text).expect("read"), snapshot);
    let newer = text.replacen('{', "{\"unknown\":[1],", 1);
    assert_eq!(serde_json::from_str::<Snapshot>(&newer).expect("of a newer version"), snapshot);
    let older = serde_json::from_str::<Snapshot>("{\"state\":\"disabled\"}");
    assert_eq!(older.expect("of an older version"), Snapshot::new(State::Disabled));
    // One from before it said who had said how long.
    let older = text.replace(r#""open_reason":"options","#, "");
    assert_ne!(older, text);
    assert_eq!(serde_json::from_str::<Snapshot>(&older).expect("read"), snapshot);
}

#[test]
fn a_call_through_it_can_be_ignored_in_every_state() {
    let bench = Fixture::new(&options());
    for set in [CircuitBreaker::disable, CircuitBreaker::observe, CircuitBreaker::reset] {
        set(&bench.breaker);
        bench.admitted().settle(Verdict::Ignored);
    }
    bench.assert_books_close();
}

/// Turns the switch back as the first breaker follows it.
struct TurnsBack(Control);

impl Observer for TurnsBack {
    fn observe(&self, event: &Event<'_>) {
        if let Detail::Changed(change) = &event.detail
            && change.to == "forced_open"
        {
            self.0.resume();
        }
    }
}

#[test]
fn an_observer_that_turns_the_switch_back_leaves_all_breakers_where_it_stands() {
    let control = Control::new();
    let breakers: Vec<_> = (0..3)
        .map(|_| {
            let driver = Driver::new().with_observer(TurnsBack(control.clone()));
            CircuitBreaker::start(&options()).expect("valid").with_driver(driver)
        })
        .collect();
    let keyed = KeyedBreaker::start(&options(), &KeyOptions::new()).expect("valid");
    breakers.iter().for_each(|breaker| control.attach(breaker));
    control.attach(&keyed);
    control.force_open();
    let states: Vec<_> = breakers.iter().map(|breaker| breaker.status().state).collect();
    assert_eq!(states, [State::Closed; 3]);
    assert_eq!(keyed.summary().unkeyed.state, State::Closed);
}

#[test]
fn a_breaker_attached_while_the_switch_turns_back_follows_it() {
    let control = Control::new();
    control.force_open();
    let driver = Driver::new().with_observer(TurnsBack(control.clone()));
    let breaker = CircuitBreaker::start(&options()).expect("valid").with_driver(driver);
    control.attach(&breaker);
    assert_eq!(breaker.status().state, State::Closed);
}
