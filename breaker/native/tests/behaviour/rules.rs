//! Each rule that opens a circuit, alone and with others.

use std::convert::Infallible;
use std::time::Duration;

use crate::fixture::{Fixture, MS, SECOND};
use seawall_breaker::{
    Backoff, BreakerOptions, CircuitBreaker, Class, Ramp, RateWindow, Ratio, State, Verdict,
};

fn options() -> BreakerOptions {
    BreakerOptions::new("payments")
}

fn half() -> Ratio {
    Ratio::percent(50)
}

#[test]
fn consecutive_failures_open_it_however_far_apart() {
    let bench = Fixture::new(&options().consecutive_failures(5));
    for _ in 0..4 {
        bench.fail(1);
        bench.wait(3600 * SECOND);
    }
    bench.assert_state(State::Closed);
    assert_eq!(bench.status().consecutive_failures, Some(4));
    bench.fail(1);
    assert_eq!(bench.changes(), [("closed", "open", "consecutive failures")]);
}

#[test]
fn a_success_between_them_starts_them_anew_and_an_ignored_call_does_not() {
    let bench = Fixture::new(&options().consecutive_failures(2));
    bench.fail(1);
    bench.succeed(1);
    bench.fail(1);
    bench.assert_state(State::Closed);
    bench.admitted().settle(Verdict::Ignored);
    bench.fail(1);
    bench.assert_state(State::Open);
}

#[test]
fn the_default_rule_goes_when_another_is_given_and_stays_when_it_is_named() {
    let bench = Fixture::new(&options());
    bench.fail(5);
    bench.assert_state(State::Open);
    let bench = Fixture::new(&options().consecutive_failures(50));
    bench.fail(49);
    bench.assert_state(State::Closed);
    let bench = Fixture::new(&options().consecutive_failures(50).failures(7));
    bench.fail(7);
    assert_eq!(bench.changes(), [("closed", "open", "failures within the window")]);
}

#[test]
fn a_failure_rate_over_the_last_calls_slides() {
    let options = options().failure_rate(half()).rate_window(RateWindow::Calls(10));
    let bench = Fixture::new(&options.minimum_calls(10));
    // After any number of successes, the last ten calls decide.
    bench.succeed(10_000);
    bench.fail(4);
    bench.assert_state(State::Closed);
    let sample = bench.status().sample.expect("there is a rule about rates");
    assert_eq!((sample.calls, sample.failures, sample.failure_rate()), (10, 4, Some(0.4)));
    bench.fail(1);
    assert_eq!(bench.changes(), [("closed", "open", "failure rate")]);
}

#[test]
fn below_the_minimum_a_rate_is_not_known_and_a_success_can_make_it_known() {
    for window in [RateWindow::Calls(10), RateWindow::Time(10 * SECOND)] {
        let bench =
            Fixture::new(&options().failure_rate(half()).rate_window(window).minimum_calls(5));
        bench.fail(3);
        bench.succeed(1);
        bench.assert_state(State::Closed);
        assert_eq!(bench.status().sample.expect("a rule").failure_rate(), None);
        bench.succeed(1);
        assert_eq!(bench.changes(), [("closed", "open", "failure rate")], "{window:?}");
    }
}

#[test]
fn a_failure_rate_over_time_forgets_a_tenth_at_a_time() {
    let window = RateWindow::Time(10 * SECOND);
    let bench = Fixture::new(&options().failure_rate(Ratio::ONE).rate_window(window));
    let sample = || {
        let sample = bench.status().sample.expect("a rule");
        (sample.calls, sample.failures)
    };
    bench.fail(1);
    bench.succeed(2);
    bench.wait(500 * MS);
    bench.succeed(1);
    bench.wait(9499 * MS);
    assert_eq!(sample(), (4, 1), "all of the first second, just before it is ten seconds old");
    bench.wait(MS);
    assert_eq!(sample(), (0, 0), "and as soon as it is");
    bench.succeed(1);
    bench.wait(9 * SECOND);
    bench.fail(1);
    assert_eq!(sample(), (2, 1));
    bench.wait(SECOND);
    assert_eq!(sample(), (1, 1));
    bench.wait(3600 * SECOND);
    assert_eq!(sample(), (0, 0));
    bench.succeed(1);
    assert_eq!(sample(), (1, 0));
}

#[test]
fn successes_that_leave_the_window_can_open_it() {
    let window = RateWindow::Time(10 * SECOND);
    let bench = Fixture::new(&options().failure_rate(half()).rate_window(window).minimum_calls(4));
    bench.succeed(10);
    bench.wait(5 * SECOND);
    bench.fail(4);
    bench.assert_state(State::Closed);
    bench.wait(5 * SECOND);
    assert!(bench.admits(), "nobody has looked yet");
    assert!(!bench.admits(), "four of four, as the end of that call showed");
    assert_eq!(bench.changes(), [("closed", "open", "failure rate")]);
}

#[test]
fn slow_calls_open_it_whether_they_fail_or_not() {
    for window in [RateWindow::Calls(10), RateWindow::Time(60 * SECOND)] {
        let options = options().slow_call(SECOND).slow_call_rate(half());
        let bench = Fixture::new(&options.rate_window(window).minimum_calls(4));
        bench.succeed_in(999 * MS);
        bench.succeed_in(10 * MS);
        bench.fail(1);
        assert_eq!(bench.status().sample.expect("a rule").slow, 0);
        bench.succeed(1);
        bench.succeed_in(SECOND);
        bench.assert_state(State::Closed);
        let slow = bench.admitted();
        bench.wait(2 * SECOND);
        slow.failure();
        bench.succeed_in(SECOND);
        bench.assert_state(State::Closed);
        bench.succeed_in(SECOND);
        let cause = ("closed", "open", "slow call rate");
        assert_eq!(bench.changes(), [cause], "{window:?}");
    }
}

#[test]
fn calls_that_hang_open_it_before_they_end() {
    let bench = Fixture::new(&options().slow_call(SECOND).hung_calls(3));
    let hanging: Vec<_> = (0..3).map(|_| bench.admitted()).collect();
    bench.wait(SECOND);
    bench.succeed(1);
    bench.assert_state(State::Closed);
    bench.wait(SECOND / 8 + MS);
    assert!(!bench.admits());
    assert_eq!(bench.changes(), [("closed", "open", "hung calls")]);
    hanging.into_iter().for_each(seawall_core::Permit::success);
    assert_eq!(bench.status().calls.late, 3);
    bench.assert_books_close();
}

#[test]
fn calls_that_hang_are_told_of_while_it_is_observed_though_none_of_them_ends() {
    let bench = Fixture::new(&options().slow_call(SECOND).hung_calls(3));
    bench.breaker.observe();
    let hanging: Vec<_> = (0..3).map(|_| bench.admitted()).collect();
    bench.wait(2 * SECOND);
    let further = [bench.admitted(), bench.admitted()];
    let told = ("observing", "would_open", "hung calls");
    assert_eq!(bench.changes()[1..], [told], "once");
    hanging.into_iter().chain(further).for_each(seawall_core::Permit::success);
    let _hanging: Vec<_> = (0..3).map(|_| bench.admitted()).collect();
    bench.wait(2 * SECOND);
    assert!(bench.admits());
    assert_eq!(bench.changes()[1..], [told, told], "anew, when it would have opened anew");
}

#[test]
fn calls_that_hang_on_the_ramp_open_it_before_they_end() {
    let hung = options().failures(1).slow_call(SECOND).hung_calls(3);
    let bench = Fixture::new(&hung.ramp(Ramp::new(60 * SECOND, 1000)));
    bench.fail(1);
    bench.wait(5 * SECOND);
    bench.succeed(1);
    let hanging = [1, 2, 3].map(|_| {
        bench.wait(MS);
        bench.admitted()
    });
    bench.wait(2 * SECOND);
    assert!(!bench.admits());
    assert_eq!(bench.changes().pop(), Some(("recovering", "open", "hung calls")));
    hanging.into_iter().for_each(seawall_core::Permit::success);
    assert_eq!(bench.status().calls.late, 3);
    bench.assert_books_close();
}

#[test]
fn how_many_hang_is_said() {
    let bench = Fixture::new(&options().slow_call(SECOND).hung_calls(4));
    let _hanging: Vec<_> = (0..3).map(|_| bench.admitted()).collect();
    bench.wait(2 * SECOND);
    bench.succeed(1);
    assert_eq!(bench.status().hung, Some(3));
    bench.assert_state(State::Closed);
}

#[test]
fn calls_that_ended_do_not_hang_whatever_they_said() {
    let bench = Fixture::new(&options().slow_call(SECOND).hung_calls(1));
    for &verdict in Verdict::ALL {
        bench.admitted().settle(verdict);
    }
    bench.wait(60 * SECOND);
    assert!(bench.admits());
    assert_eq!(bench.status().hung, Some(0));
}

#[test]
fn the_first_rule_that_is_broken_is_told() {
    let options = options().failures(3).window(SECOND).consecutive_failures(4);
    let bench = Fixture::new(&options);
    bench.fail(3);
    assert_eq!(bench.changes(), [("closed", "open", "failures within the window")]);
    let bench = Fixture::new(&options);
    for _ in 0..4 {
        bench.fail(1);
        bench.wait(SECOND);
    }
    assert_eq!(bench.changes(), [("closed", "open", "consecutive failures")]);
}

#[test]
fn an_answer_says_through_a_classifier_when_to_come_back_up_to_a_minute() {
    let busy = |result: &Result<u64, Infallible>| match result {
        Ok(0) => Class::from(Verdict::Success),
        Ok(seconds) => Class::overload(Some(Duration::from_secs(*seconds))),
        Err(never) => match *never {},
    };
    for (asked, given) in [(20, 20), (60, 60), (61, 60), (u64::MAX, 60)] {
        let bench = Fixture::new(&options().failures(9));
        let call = || bench.breaker.protect().classify(busy);
        let answer = call().run_blocking(|| Ok::<_, Infallible>(0));
        assert_eq!(answer.expect("closed"), 0);
        bench.assert_state(State::Closed);
        let answer = bench.time.block_on(call().run(async || Ok::<_, Infallible>(asked)));
        assert_eq!(answer.expect("the answer is untouched"), asked);
        assert_eq!(bench.changes(), [("closed", "open", "overload")]);
        assert_eq!(bench.status().retry_after, Some(given * SECOND), "{asked} s");
        bench.breaker.reset();
        let answer = call().run_blocking(|| Ok::<_, Infallible>(asked));
        assert_eq!(answer.expect("the answer is untouched"), asked);
        assert_eq!(bench.status().retry_after, Some(given * SECOND), "{asked} s, blocking");
    }
}

#[test]
fn an_overload_counts_as_a_failure_and_opens_it_for_as_long_as_it_says() {
    let bench = Fixture::new(&options().failures(2));
    bench.admitted().settle(Class::overload(None));
    bench.assert_state(State::Closed);
    bench.admitted().settle(Class::overload(None));
    assert_eq!(bench.status().retry_after, Some(5 * SECOND), "as after any failure");

    let bench = Fixture::new(&options().failures(2));
    bench.admitted().settle(Class::overload(Some(30 * SECOND)));
    assert_eq!(bench.changes(), [("closed", "open", "overload")]);
    assert_eq!(bench.status().retry_after, Some(30 * SECOND));
    bench.wait(30 * SECOND);
    bench.succeed(1);
    bench.assert_state(State::Closed);
    bench.admitted().settle(Class::overload(Some(Duration::MAX)));
    assert_eq!(bench.status().retry_after, Some(60 * SECOND), "never longer than a minute");
}

#[test]
fn an_overload_that_is_about_the_caller_counts_as_nothing() {
    use seawall_breaker::Counts;
    let bench = Fixture::new(&options().failures(1).overload(Counts::Nothing));
    bench.admitted().settle(Class::overload(Some(30 * SECOND)));
    bench.admitted().settle(Class::overload(None));
    bench.assert_state(State::Closed);
    bench.admitted().settle(Verdict::Failure);
    bench.wait(5 * SECOND);
    bench.admitted().settle(Class::overload(Some(30 * SECOND)));
    bench.assert_state(State::HalfOpen);
    bench.succeed(1);
    bench.assert_state(State::Closed);
}

#[test]
fn calls_without_a_result_count_as_the_options_say() {
    use seawall_breaker::Counts;
    let strict = options().failures(1).abandoned(Counts::Failure).panicked(Counts::Nothing);
    let bench = Fixture::new(&strict);
    bench.admitted().settle(Verdict::Panicked);
    bench.assert_state(State::Closed);
    drop(bench.admitted());
    bench.assert_state(State::Open);
}

#[test]
fn a_retry_after_of_zero_asks_for_nothing() {
    let bench = Fixture::new(&options().failures(2));
    let under_way = bench.admitted();
    bench.admitted().settle(Class::overload(Some(Duration::ZERO)));
    bench.assert_state(State::Closed);
    assert_eq!(bench.status().failures, 1, "a failure as any other");
    under_way.success();
    bench.admitted().settle(Class::overload(Some(Duration::ZERO)));
    assert_eq!(bench.changes(), [("closed", "open", "failures within the window")]);
    assert_eq!(bench.status().retry_after, Some(5 * SECOND));
    bench.wait(5 * SECOND);
    bench.admitted().settle(Class::overload(Some(Duration::ZERO)));
    assert_eq!(bench.status().retry_after, Some(5 * SECOND), "a probe that failed");
}

#[test]
fn failures_among_the_last_calls_open_it_as_soon_as_they_are_reached() {
    let options = BreakerOptions::new("payments").recent_failures(3, 5);
    let cause = ("closed", "open", "failures among the last calls");
    let fixture = Fixture::new(&options);
    fixture.fail(3);
    assert_eq!(fixture.changes(), [cause], "before there were five calls");

    let fixture = Fixture::new(&options);
    fixture.fail(1);
    fixture.succeed(2);
    fixture.fail(1);
    fixture.wait(3600 * SECOND);
    fixture.admitted().settle(Verdict::Ignored);
    fixture.fail(1);
    assert_eq!(fixture.changes(), [cause], "three of five, however far apart");

    let fixture = Fixture::new(&options);
    fixture.fail(2);
    fixture.succeed(3);
    fixture.fail(1);
    fixture.assert_state(State::Closed);
    assert_eq!(fixture.status().recent_failures, Some(2), "the first one is the sixth");
    fixture.fail(1);
    fixture.assert_state(State::Closed);
    fixture.fail(1);
    assert_eq!(fixture.changes(), [cause]);
}

#[test]
fn failures_among_the_last_calls_outlive_new_options_but_open_nothing_by_themselves() {
    let rule = |failures, calls| BreakerOptions::new("payments").recent_failures(failures, calls);
    let fixture = Fixture::new(&rule(4, 6));
    fixture.fail(3);
    fixture.breaker.reconfigure(&rule(2, 6)).expect("valid");
    fixture.assert_state(State::Closed);
    assert_eq!(fixture.status().recent_failures, Some(1));
    fixture.succeed(4);
    fixture.fail(1);
    fixture.assert_state(State::Open);
    let invalid = |failures, calls| {
        CircuitBreaker::start(&rule(failures, calls)).expect_err("invalid").option()
    };
    assert_eq!(
        [invalid(0, 5), invalid(6, 5), invalid(1, 0)],
        ["recent_failures", "recent_failures", "recent_calls"]
    );
}

#[test]
fn a_rule_that_is_lowered_or_left_out_for_a_while_forgets_no_failure() {
    let plain = || BreakerOptions::new("payments");
    let kinds: [fn(BreakerOptions, u32) -> BreakerOptions; 3] = [
        |options, limit| options.failures(limit),
        |options, limit| options.consecutive_failures(limit),
        |options, limit| options.recent_failures(limit, 10),
    ];
    for (nth, rule) in kinds.into_iter().enumerate() {
        // Another rule alone, which is far from open.
        let other = kinds[(nth + 1) % 3](plain(), 9);
        for between in [rule(plain(), 1), rule(plain(), 2), other] {
            let fixture = Fixture::new(&rule(plain(), 5));
            fixture.fail(4);
            fixture.breaker.reconfigure(&between).expect("valid");
            fixture.assert_state(State::Closed);
            fixture.breaker.reconfigure(&rule(plain(), 5)).expect("valid");
            fixture.assert_state(State::Closed);
            fixture.fail(1);
            fixture.assert_state(State::Open);
        }
    }
}

#[test]
fn a_success_ends_a_row_of_failures_that_a_lower_limit_has_left_out() {
    let rule = |limit| BreakerOptions::new("payments").consecutive_failures(limit);
    let fixture = Fixture::new(&rule(5));
    fixture.fail(4);
    fixture.breaker.reconfigure(&rule(1)).expect("valid");
    fixture.succeed(1);
    fixture.breaker.reconfigure(&rule(5)).expect("valid");
    fixture.fail(4);
    fixture.assert_state(State::Closed);
}

#[test]
fn ends_that_decide_nothing_take_no_lock() {
    use std::sync::mpsc::channel;
    let ((began, has_begun), (go_on, may_go_on)) = (channel(), channel::<()>());
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let reset = Backoff::function(move |_| {
        began.send(()).expect("the test waits for it");
        may_go_on.lock().expect("no panic").recv().expect("the test goes on");
        5 * SECOND
    });
    let fixture = Fixture::new(&options().failures(1).reset(reset));
    let neutral = [Verdict::Ignored, Verdict::Abandoned, Verdict::Superseded, Verdict::Unused];
    let permits: Vec<_> = neutral.iter().map(|_| fixture.admitted()).collect();
    let failing = fixture.admitted();
    std::thread::scope(|scope| {
        let opens = scope.spawn(|| failing.failure());
        has_begun.recv().expect("it opens");
        // The breaker is locked until the function returns; these would wait for it.
        permits.into_iter().zip(neutral).for_each(|(permit, verdict)| permit.settle(verdict));
        fixture.succeed(1);
        go_on.send(()).expect("it waits");
        opens.join().expect("no panic");
    });
    fixture.assert_state(State::Open);
    fixture.assert_books_close();
}
