//! How other circuit breakers are known to fail, one test each: named for what must not happen.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_breaker::{
    Backoff, BreakerOptions, CircuitBreaker, KeyOptions, KeyOverflow, KeyedBreaker, Probes,
    RateWindow, Ratio, State, Verdict,
};
use seawall_core::{Backend, Call, Clock, Driver, Entry, Event, Exit, Observer, Token, Topic};
use seawall_testkit::{ManualClock, yield_times};

use crate::fixture::{Fixture, MS, SECOND};

fn options() -> BreakerOptions {
    BreakerOptions::new("peers")
}

fn half_open(options: &BreakerOptions) -> Fixture {
    let bench = Fixture::new(options);
    while bench.status().state == State::Closed {
        bench.fail(1);
    }
    bench.wait(5 * SECOND);
    bench
}

#[test]
fn tower_resilience_the_count_window_never_slides() {
    let options = options().failure_rate(Ratio::percent(50)).rate_window(RateWindow::Calls(10));
    let bench = Fixture::new(&options.minimum_calls(10));
    bench.succeed(10_000);
    bench.fail(5);
    bench.assert_state(State::Open);
}

#[test]
fn tower_resilience_a_time_window_shorter_than_the_probe_spacing_wedges_half_open() {
    let short = RateWindow::Time(100 * MS);
    let options = options().failure_rate(Ratio::percent(50)).rate_window(short);
    let bench = half_open(&options.minimum_calls(1).probes(Probes::new(3, Ratio::ONE)));
    for _ in 0..3 {
        bench.succeed(1);
        bench.wait(SECOND);
    }
    bench.assert_state(State::Closed);
}

#[test]
fn tower_resilience_a_result_from_before_the_trip_closes_a_later_half_open() {
    let bench = Fixture::new(&options().failures(1));
    let before = bench.admitted();
    bench.fail(1);
    bench.wait(5 * SECOND);
    let probe = bench.admitted();
    before.success();
    bench.assert_state(State::HalfOpen);
    probe.failure();
    bench.assert_state(State::Open);
}

#[test]
fn tower_resilience_what_is_used_twice_are_two_circuits() {
    let bench = Fixture::new(&options().failures(2));
    let clone = bench.breaker.clone();
    bench.fail(1);
    clone.protect().acquire_blocking().expect("closed").failure();
    bench.assert_state(State::Open);
}

#[test]
fn tower_resilience_cancelled_and_panicking_calls_are_never_counted() {
    let bench = Fixture::new(&options().failures(2));
    let mut call = Box::pin(bench.breaker.execute(
        async || {
            yield_times(5).await;
            Ok::<(), Infallible>(())
        },
        SECOND,
    ));
    let waker = Waker::noop();
    let polled = call.as_mut().poll(&mut Context::from_waker(waker));
    assert!(polled.is_pending());
    drop(call);
    assert_eq!(bench.status().calls.ended(Verdict::Abandoned), 1);
    for _ in 0..2 {
        let op = || bench.breaker.execute_blocking(|| -> Result<(), Infallible> { panic!("op") });
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(op)).expect_err("it goes on");
    }
    bench.assert_state(State::Open);
}

#[test]
fn tower_resilience_memory_grows_with_the_traffic() {
    let window = RateWindow::Time(3600 * SECOND);
    let rates = options().failure_rate(Ratio::ONE).slow_call(SECOND).slow_call_rate(Ratio::ONE);
    let bench = quiet(&rates.rate_window(window));
    bench.execute_blocking(|| Ok::<(), ()>(())).expect("closed");
    let used = allocation_counter::measure(|| {
        for call in 0..100_000 {
            let result = if call % 3 == 0 { Err(()) } else { Ok(()) };
            assert_eq!(bench.execute_blocking(|| result).is_ok(), result.is_ok());
        }
    });
    assert_eq!(used.count_total, 0);
    assert_eq!(bench.status().sample.expect("a rule").calls, 100_001);
}

/// The time of a call after this number of calls in the window: the least of many.
fn failure_after(calls: u32) -> Duration {
    const BATCH: u32 = 50;
    let rate = options().failure_rate(Ratio::ONE).minimum_calls(1_000_000);
    let breaker = quiet(&rate.rate_window(RateWindow::Time(3600 * SECOND)));
    let fail = || breaker.execute_blocking(|| Err::<(), ()>(())).expect_err("its own error");
    (0..calls).for_each(|_| drop(fail()));
    let clock = Clock::system();
    let batch = || {
        let before = clock.now();
        (0..BATCH).for_each(|_| drop(fail()));
        clock.now().since(before) / BATCH
    };
    (0..40).map(|_| batch()).min().expect("some")
}

#[test]
fn tower_resilience_the_time_window_is_looked_through_at_each_call() {
    // There, a hundred times as long; a tenth of that is still more than noise.
    let (few, many) = (failure_after(100), failure_after(50_000));
    assert!(many < 10 * few, "{few:?} with few calls in the window, {many:?} with many");
}

#[test]
fn tower_resilience_a_call_allocates_three_times() {
    for state in [State::Closed, State::Open] {
        let breaker = quiet(&options().failure_rate(Ratio::ONE));
        if state == State::Open {
            breaker.trip(SECOND);
        }
        let used = allocation_counter::measure(|| {
            let call = pin!(breaker.execute(async || Ok::<_, Infallible>(7), SECOND));
            let polled = call.poll(&mut Context::from_waker(Waker::noop()));
            let Poll::Ready(result) = polled else { panic!("it waits") };
            assert_eq!(result.is_ok(), state == State::Closed);
        });
        assert_eq!(used.count_total, 0, "{state}");
    }
}

/// Holds the breaker's lock: asked under it for how long to stay open, and takes as long
/// as the others need.
struct Holder {
    backoff: Backoff,
    has_it: Receiver<()>,
    let_go: Sender<()>,
    waited_in_vain: Arc<AtomicBool>,
}

impl Holder {
    fn new() -> Self {
        let ((tell, has_it), (let_go, told)) = (channel(), channel());
        let (told, waited_in_vain) = (Mutex::new(told), Arc::new(AtomicBool::new(false)));
        let in_vain = Arc::clone(&waited_in_vain);
        let backoff = Backoff::function(move |_| {
            tell.send(()).expect("the test waits for it");
            // This long only if the others wait for the lock.
            let told = told.lock().expect("no panic while locked").recv_timeout(30 * SECOND);
            in_vain.store(told.is_err(), Ordering::Release);
            5 * SECOND
        });
        Self { backoff, has_it, let_go, waited_in_vain }
    }

    /// Has others `act` after one that does `ask` has got the lock and before it lets go.
    fn hold(&self, ask: impl FnOnce() + Send, act: impl FnOnce()) {
        std::thread::scope(|scope| {
            scope.spawn(ask);
            self.has_it.recv_timeout(30 * SECOND).expect("it is asked");
            act();
            let _too_late_if_it_has_gone = self.let_go.send(());
        });
        assert!(!self.waited_in_vain.load(Ordering::Acquire), "the others wait for the lock");
    }
}

#[test]
fn tower_resilience_threads_that_share_it_wait_for_two_locks_a_call() {
    let rate = options().failures(1).failure_rate(Ratio::ONE);
    let holder = Holder::new();
    let breaker = quiet(&rate.clone().reset(holder.backoff.clone()));
    let fail = || drop(breaker.execute_blocking(|| Err::<(), ()>(())).expect_err("its own error"));
    holder.hold(fail, || {
        for _ in 0..100 {
            breaker
                .execute_blocking(|| Ok::<(), ()>(()))
                .expect("it is closed until it has opened");
        }
    });
    assert_eq!(breaker.status().state, State::Open);
    let holder = Holder::new();
    let others = rate.reset(holder.backoff.clone());
    let reconfigure = || breaker.reconfigure(&others).expect("valid");
    holder.hold(reconfigure, || {
        for _ in 0..100 {
            assert!(breaker.execute_blocking(|| Ok::<(), ()>(())).expect_err("open").is_refused());
        }
    });
}

/// A breaker without observers.
fn quiet(options: &BreakerOptions) -> CircuitBreaker {
    let driver = Driver::new().with_clock(ManualClock::new().clock());
    CircuitBreaker::start(options).expect("valid").with_driver(driver)
}

#[test]
fn recloser_every_cycle_and_every_breaker_leaks() {
    let cycle = || {
        let time = ManualClock::new();
        let driver = Driver::new().with_clock(time.clock());
        let breaker = CircuitBreaker::start(&options().failures(1)).expect("valid");
        let breaker = breaker.with_driver(driver);
        for _ in 0..10 {
            breaker.execute_blocking(|| Err::<(), ()>(())).expect_err("failed");
            time.advance(5 * SECOND);
            breaker.execute_blocking(|| Ok::<(), ()>(())).expect("the probe");
        }
    };
    cycle();
    assert_eq!(allocation_counter::measure(cycle).bytes_current, 0);
}

#[test]
fn recloser_a_guard_is_held_while_the_operation_runs() {
    let bench = Fixture::new(&options().failures(1));
    let outcome = bench.breaker.execute_blocking(|| {
        // All of it can be used from inside.
        bench.breaker.execute_blocking(|| Err::<(), _>("inner")).expect_err("failed");
        bench.breaker.reconfigure(&options().failures(3)).expect("valid");
        bench.breaker.reset();
        Ok::<_, Infallible>(bench.status().state)
    });
    assert_eq!(outcome.expect("closed"), State::Closed);
}

#[test]
fn recloser_a_capacity_of_zero_panics() {
    let zero = options().failure_rate(Ratio::ONE).rate_window(RateWindow::Calls(0));
    let error = CircuitBreaker::start(&zero).expect_err("invalid");
    assert_eq!(error.option(), "rate_calls");
}

#[test]
fn recloser_half_open_admits_sixty_four_at_once() {
    let bench = half_open(&options());
    let admitted: Vec<_> = (0..64).filter_map(|_| bench.acquire().ok()).collect();
    assert_eq!(admitted.len(), 1);
}

/// In recloser any success does where the rate is high; here the one alone that makes it known, as the
/// last of the calls without which it is not.
#[test]
fn recloser_a_success_can_trip_it() {
    let half = options().failure_rate(Ratio::percent(50)).minimum_calls(4);
    for window in [RateWindow::Calls(10), RateWindow::Time(10 * SECOND)] {
        let bench = Fixture::new(&half.clone().rate_window(window));
        bench.fail(2);
        bench.succeed(1);
        bench.assert_state(State::Closed);
        bench.succeed(1);
        assert_eq!(bench.changes(), [("closed", "open", "failure rate")], "{window:?}");
        let bench = Fixture::new(&half.clone().rate_window(window));
        bench.fail(1);
        bench.succeed(1_000);
        bench.assert_state(State::Closed);
    }
    let bench = Fixture::new(&options().failures(3).consecutive_failures(4));
    bench.fail(2);
    bench.succeed(1_000);
    bench.assert_state(State::Closed);
}

#[test]
fn recloser_asking_and_reporting_apart_is_private() {
    let bench = Fixture::new(&options().failures(1));
    let permit = bench.breaker.protect().acquire_blocking().expect("closed");
    permit.settle(Verdict::Failure);
    bench.assert_state(State::Open);
}

#[test]
fn failsafe_half_open_admits_everyone_and_one_success_closes() {
    let bench = half_open(&options().probes(Probes::new(3, Ratio::ONE)));
    let admitted: Vec<_> = (0..64).filter_map(|_| bench.acquire().ok()).collect();
    assert_eq!(admitted.len(), 3);
    let mut admitted = admitted.into_iter();
    admitted.next().expect("three").success();
    bench.assert_state(State::HalfOpen);
    admitted.for_each(seawall_core::Permit::success);
    bench.assert_state(State::Closed);
}

#[test]
fn failsafe_a_window_of_milliseconds_is_taken_for_zero() {
    let window = RateWindow::Time(4 * MS);
    let options = options().failures(2).window(4 * MS).failure_rate(Ratio::ONE).rate_window(window);
    let bench = Fixture::new(&options.minimum_calls(3));
    bench.fail(1);
    bench.wait(4 * MS);
    assert_eq!((bench.status().failures, bench.status().sample.expect("a rule").calls), (0, 0));
    bench.fail(1);
    bench.wait(3 * MS);
    bench.fail(1);
    bench.assert_state(State::Open);
}

#[test]
fn failsafe_a_listener_that_looks_at_the_breaker_deadlocks() {
    struct Curious(CircuitBreaker);
    impl Observer for Curious {
        fn observe(&self, event: &Event<'_>) {
            if event.topic == Topic::BreakerChanged {
                let _state = self.0.status();
                self.0.reset();
            }
        }
    }
    let breaker = CircuitBreaker::start(&options().failures(1)).expect("valid");
    let curious = Driver::new().with_observer(Curious(breaker.clone()));
    let watched = breaker.clone().with_driver(curious);
    watched.execute_blocking(|| Err::<(), ()>(())).expect_err("failed");
    assert_eq!(breaker.status().state, State::Closed, "it was reset as it opened");
}

#[test]
fn failsafe_asking_whether_a_call_is_permitted_changes_the_state() {
    let bench = Fixture::new(&options().failures(1));
    bench.fail(1);
    bench.wait(60 * SECOND);
    for _ in 0..3 {
        assert_eq!(bench.status().state, State::Open);
    }
}

#[test]
fn breaker_a_late_success_closes_an_open_circuit() {
    let bench = Fixture::new(&options().failures(1));
    let late = bench.admitted();
    bench.fail(1);
    bench.wait(60 * SECOND);
    late.success();
    bench.assert_state(State::Open);
}

#[test]
fn breaker_what_is_protected_is_called_before_the_circuit_is_asked() {
    let bench = Fixture::new(&options().failures(1));
    bench.fail(1);
    let refused = bench.time.block_on(
        bench
            .breaker
            .execute(|| -> std::future::Ready<Result<(), ()>> { panic!("called") }, SECOND),
    );
    assert!(refused.expect_err("open").is_refused());
}

#[test]
fn seatbelt_panics_are_ignored() {
    let bench = Fixture::new(&options().failures(1));
    bench.admitted().settle(Verdict::Panicked);
    bench.assert_state(State::Open);
}

#[test]
fn seatbelt_the_state_cannot_be_asked_for_or_set() {
    let bench = Fixture::new(&options());
    bench.breaker.force_open();
    bench.assert_state(State::ForcedOpen);
    bench.breaker.reset();
    bench.assert_state(State::Closed);
}

#[test]
fn seatbelt_a_late_success_closes_a_later_half_open() {
    let bench = Fixture::new(&options().failures(1));
    bench.fail(1);
    bench.wait(5 * SECOND);
    let late = bench.admitted();
    bench.wait(30 * SECOND);
    let _probe = bench.admitted();
    late.success();
    bench.assert_state(State::HalfOpen);
}

#[test]
fn seatbelt_partitions_are_never_evicted() {
    let keys = KeyOptions::new().max_keys(1000);
    for overflow in [KeyOverflow::Shared, KeyOverflow::Reject, KeyOverflow::EvictColdest] {
        let time = ManualClock::new();
        let breaker = KeyedBreaker::start(&options(), &keys.overflow(overflow)).expect("valid");
        let breaker = breaker.with_driver(Driver::new().with_clock(time.clock()));
        let used = allocation_counter::measure(|| {
            for partition in 0..100_000 {
                let result = if partition % 3 == 0 { Err(()) } else { Ok(()) };
                _ = breaker.execute_blocking(("tenant", partition), || result);
                time.advance(4 * MS);
            }
        });
        assert_eq!(breaker.keys(), 1000);
        assert!(used.bytes_max < 1_000_000, "{overflow:?}: {} bytes", used.bytes_max);
        assert!(breaker.status(("tenant", 0)).is_none(), "{overflow:?}: long ago");
        let last = breaker.status(("tenant", 99_999)).expect("a moment ago");
        assert_eq!(last.failures, 1, "{overflow:?}");
    }
}

#[test]
fn fuse_a_stale_timer_heals_one_that_was_made_anew() {
    let healing = options().failures(1).reset_after(60 * SECOND).heal_after(10 * SECOND);
    let bench = Fixture::new(&healing);
    bench.fail(1);
    bench.wait(9 * SECOND);
    bench.breaker.reset();
    bench.fail(1);
    bench.wait(9 * SECOND);
    assert!(!bench.admits());
    bench.assert_state(State::Open);
}

#[test]
fn fuse_each_further_failure_tells_again_that_it_is_blown() {
    let bench = Fixture::new(&options().failures(1));
    let calls: Vec<_> = (0..9).map(|_| bench.admitted()).collect();
    calls.into_iter().for_each(seawall_core::Permit::failure);
    assert_eq!(bench.recorder.count(Topic::BreakerChanged), 1);
}

#[test]
fn resilience4j_hung_probes_wedge_half_open() {
    let bench = half_open(&options().probes(Probes::new(2, Ratio::ONE).with_lease(SECOND)));
    let _hung = (bench.admitted(), bench.admitted());
    assert!(!bench.admits());
    bench.wait(SECOND);
    bench.succeed(2);
    bench.assert_state(State::Closed);
}

/// A permit of ours is a value that ends once; who writes a backend's part by hand can end it again.
#[test]
fn resilience4j_releases_without_acquire_mint_permits() {
    let bench = half_open(&options().probes(Probes::new(2, Ratio::ONE)));
    let end = |token, verdict| bench.breaker.exit(token, &Exit::at(bench.time.now(), verdict));
    let Entry::Go(probe) = bench.breaker.enter(&Call::at(bench.time.now())) else {
        panic!("a probe is let through");
    };
    for verdict in Verdict::ALL.iter().copied().filter(|verdict| *verdict != Verdict::Success) {
        end(Token::default(), verdict);
        end(Token(probe.0, probe.1 + 1), verdict);
    }
    for _ in 0..9 {
        end(probe, Verdict::Ignored);
    }
    let admitted: Vec<_> = (0..64).filter_map(|_| bench.acquire().ok()).collect();
    assert_eq!(admitted.len(), 2);
    bench.assert_state(State::HalfOpen);
    assert_eq!(bench.status().calls.ended(Verdict::Ignored), 1, "once, and late after that");
}

#[test]
fn gobreaker_the_lock_is_held_while_the_request_runs() {
    let breaker = Arc::new(quiet(&options()));
    breaker
        .execute_blocking(|| {
            std::thread::scope(|scope| {
                let other = scope.spawn(|| breaker.execute_blocking(|| Ok::<u8, ()>(7)));
                other.join().expect("no panic")
            })
        })
        .map(|value| assert_eq!(value, 7))
        .expect("both went through");
}

#[test]
fn polly_a_reload_loses_the_state() {
    let bench = Fixture::new(&options().failures(1));
    bench.fail(1);
    bench.breaker.reconfigure(&options().failures(9)).expect("valid");
    bench.assert_state(State::Open);
}

#[test]
fn the_elixir_one_a_threshold_of_n_opens_at_one_more() {
    let bench = Fixture::new(&options().failures(3));
    bench.fail(2);
    bench.assert_state(State::Closed);
    bench.fail(1);
    bench.assert_state(State::Open);
}

#[test]
fn the_elixir_one_window_and_reset_time_are_one_setting() {
    let bench = Fixture::new(&options().failures(1).window(60 * SECOND).reset_after(SECOND));
    bench.fail(1);
    bench.wait(SECOND);
    assert!(bench.admits());
}

#[test]
fn the_elixir_one_a_returned_error_counts_as_a_success() {
    let bench = Fixture::new(&options().failures(1));
    bench.breaker.execute_blocking(|| Err::<(), _>("returned")).expect_err("failed");
    bench.assert_state(State::Open);
}
