//! A breaker whose calls go by another clock than its own handle.

use std::time::Duration;

use seawall_breaker::{
    BreakerOptions, CircuitBreaker, KeyOptions, KeyedBreaker, RateWindow, Ratio, State,
};
use seawall_core::{Driver, Refusal};
use seawall_testkit::ManualClock;

use crate::fixture::{MS, SECOND};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A clock that is an hour ahead, and a driver on it.
fn ahead() -> (ManualClock, Driver) {
    let time = ManualClock::new();
    time.advance(HOUR);
    let driver = Driver::new().with_clock(time.clock());
    (time, driver)
}

fn options() -> BreakerOptions {
    BreakerOptions::new("payments").failures(2)
}

/// A breaker whose own driver has the machine's clock.
fn plain(options: &BreakerOptions) -> CircuitBreaker {
    CircuitBreaker::start(options).expect("valid")
}

fn call(driver: &Driver, breaker: &CircuitBreaker, ok: bool) -> Result<(), Refusal> {
    let permit = driver.protect(breaker).acquire_blocking()?;
    if ok {
        permit.success();
    } else {
        permit.failure();
    }
    Ok(())
}

fn call_key(driver: &Driver, breaker: &KeyedBreaker, ok: bool) -> Result<(), Refusal> {
    let permit = driver.protect(breaker).key("a").acquire_blocking()?;
    if ok {
        permit.success();
    } else {
        permit.failure();
    }
    Ok(())
}

#[test]
fn a_trip_before_the_first_call_holds_for_calls_by_another_clock() {
    let (time, driver) = ahead();
    let breaker = plain(&options());
    breaker.trip(MINUTE);
    let wait = call(&driver, &breaker, true).expect_err("tripped").retry_after().expect("known");
    assert!((50 * SECOND..=MINUTE).contains(&wait), "{wait:?}");
    time.advance(MINUTE);
    call(&driver, &breaker, true).expect("a probe");
    assert_eq!(breaker.status().state, State::Closed);
}

#[test]
fn a_trip_after_calls_goes_by_their_clock() {
    let (time, driver) = ahead();
    let breaker = plain(&options());
    call(&driver, &breaker, true).expect("closed");
    breaker.trip(MINUTE);
    assert_eq!(breaker.status().retry_after, Some(MINUTE));
    assert_eq!(call(&driver, &breaker, true).expect_err("tripped").retry_after(), Some(MINUTE));
    time.advance(MINUTE);
    call(&driver, &breaker, true).expect("a probe");
}

#[test]
fn a_reset_by_another_clock_leaves_windows_where_the_calls_are() {
    let behind = ManualClock::new();
    let driver = Driver::new().with_clock(behind.clock());
    let rates = BreakerOptions::new("payments").failure_rate(Ratio::percent(50)).minimum_calls(4);
    let (_time, own) = ahead();
    let breaker = plain(&rates.rate_window(RateWindow::Time(10 * MS)));
    breaker.reset();
    call(&driver, &breaker, true).expect("closed");
    breaker.clone().with_driver(own).reset();
    for _ in 0..4 {
        behind.advance(20 * MS);
        call(&driver, &breaker, false).expect("closed");
    }
    assert_eq!(breaker.status().state, State::Closed, "each failure is alone in its window");
}

#[test]
fn status_export_and_reconfigure_go_by_the_clock_of_the_calls() {
    let (time, driver) = ahead();
    let breaker = plain(&options().failures(1).reset_after(MINUTE));
    call(&driver, &breaker, false).expect("closed");
    time.advance(10 * SECOND);
    let status = breaker.status();
    assert_eq!((status.since, status.retry_after), (10 * SECOND, Some(50 * SECOND)));
    assert_eq!(breaker.export().open_for, 50 * SECOND);
    breaker.reconfigure(&options().failures(1).reset_after(2 * MINUTE)).expect("valid");
    assert_eq!(breaker.status().retry_after, Some(110 * SECOND));
}

#[test]
fn an_imported_circuit_stays_open_for_what_was_left_by_the_clock_of_the_calls() {
    let (time, driver) = ahead();
    let before = plain(&options());
    before.trip(MINUTE);
    let breaker = plain(&options());
    breaker.import(&before.export()).expect("a breaker gave it");
    call(&driver, &breaker, true).expect_err("open");
    time.advance(MINUTE);
    call(&driver, &breaker, true).expect("a probe");
}

#[test]
fn calls_under_two_clocks_are_timed_by_one() {
    let (time, driver) = ahead();
    let other = ManualClock::new();
    let other_driver = Driver::new().with_clock(other.clock());
    let breaker = plain(&options().reset_after(MINUTE)).with_driver(driver.clone());
    call(&driver, &breaker, false).expect("closed");
    call(&other_driver, &breaker, false).expect("closed");
    assert_eq!(breaker.status().retry_after, Some(MINUTE), "failures within the window");
    let refusal = call(&other_driver, &breaker, true).expect_err("open");
    assert_eq!(refusal.retry_after(), Some(MINUTE));
    other.advance(2 * HOUR);
    call(&other_driver, &breaker, true).expect_err("its clock does not count");
    time.advance(MINUTE);
    call(&other_driver, &breaker, true).expect("a probe");
}

#[test]
fn slow_calls_are_timed_by_the_clock_of_the_breaker() {
    let (time, driver) = ahead();
    let other = ManualClock::new();
    let other_driver = Driver::new().with_clock(other.clock());
    let slow = options().slow_call(SECOND).slow_call_rate(Ratio::ONE).minimum_calls(1);
    let breaker = plain(&slow).with_driver(driver.clone());
    call(&driver, &breaker, true).expect("closed");
    call(&other_driver, &breaker, true).expect("closed");
    assert_eq!(breaker.status().sample.expect("a rule").slow, 0);
    let permit = other_driver.protect(&breaker).acquire_blocking().expect("closed");
    time.advance(SECOND);
    permit.success();
    assert_eq!(breaker.status().sample.expect("a rule").slow, 1);
}

#[test]
fn manual_control_of_keys_goes_by_the_clock_of_the_calls() {
    let (time, driver) = ahead();
    let start = || KeyedBreaker::start(&options(), &KeyOptions::new()).expect("valid");
    let breaker = start();
    breaker.trip("a", MINUTE).expect("room");
    call_key(&driver, &breaker, true).expect_err("tripped before the first call");
    time.advance(MINUTE);
    call_key(&driver, &breaker, true).expect("a probe");
    breaker.trip("a", MINUTE).expect("room");
    let status = breaker.status("a").expect("kept");
    assert_eq!(status.retry_after, Some(MINUTE));
    let refusal = call_key(&driver, &breaker, true).expect_err("tripped");
    assert_eq!(refusal.retry_after(), Some(MINUTE));
    time.advance(MINUTE);
    call_key(&driver, &breaker, true).expect("a probe");

    let other = ManualClock::new();
    let other = Driver::new().with_clock(other.clock());
    let breaker = start();
    call_key(&driver, &breaker, false).expect("closed");
    call_key(&other, &breaker, false).expect("closed");
    let refusal = call_key(&other, &breaker, true).expect_err("open");
    assert_eq!(refusal.retry_after(), Some(5 * SECOND));
}
