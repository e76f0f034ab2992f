//! The processor's cycle counter as a clock.
#![cfg(feature = "quanta")]

use std::time::Duration;

use seawall_core::Clock;

/// What the machine's clock says goes by while `wait` does.
fn measured(wait: impl FnOnce()) -> Duration {
    let clock = Clock::system();
    let start = clock.now();
    wait();
    clock.now().since(start)
}

/// Waits on this thread. A runtime without a timer of its own will do.
fn wait(clock: &Clock, for_so_long: Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(clock.sleep_until(clock.now() + for_so_long));
}

#[test]
fn it_runs_as_fast_as_the_machines_clock() {
    let clock = Clock::quanta();
    let start = clock.now();
    let mut end = start;
    let elapsed = measured(|| {
        wait(&Clock::system(), Duration::from_millis(50));
        end = clock.now();
    });
    let (counted, elapsed) = (end.since(start).as_secs_f64(), elapsed.as_secs_f64());
    assert!(counted > 0.0499 && counted < elapsed * 1.01, "{counted} s for {elapsed} s");
}

#[test]
fn a_sleep_ends_when_its_time_has_come_and_no_sooner() {
    let clock = Clock::quanta();
    for millis in [1, 5, 20] {
        let at = clock.now() + Duration::from_millis(millis);
        wait(&clock, Duration::from_millis(millis));
        assert!(clock.now() >= at, "{millis} ms");
    }
    let past = clock.now();
    let elapsed = measured(|| wait(&clock, Duration::ZERO));
    assert!(clock.now() >= past && elapsed < Duration::from_secs(1));
}

#[test]
fn all_of_them_tell_the_same_time() {
    let first = Clock::quanta();
    let second = Clock::quanta();
    let ticks = [first.now(), second.now(), first.clone().now(), second.now()];
    assert!(ticks.is_sorted(), "{ticks:?}");
    assert_eq!(format!("{first:?}"), "Clock(quanta)");
}

#[test]
fn it_does_not_go_back_between_threads() {
    let clock = Clock::quanta();
    for _ in 0..100 {
        let before = clock.now();
        let inside =
            std::thread::scope(|scope| scope.spawn(|| clock.now()).join().expect("no panic"));
        assert!(before <= inside && inside <= clock.now());
    }
}
