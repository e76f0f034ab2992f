//! Clocks of Tokio runtimes, with their time paused or running.
#![cfg(feature = "tokio")]

use std::convert::Infallible;
use std::thread;
use std::time::Duration;

use seawall_core::{Clock, Component, Driver, Tick};
use seawall_testkit::{Answer, Scripted};
use tokio::runtime::Builder;
use tokio::task::{block_in_place, spawn_blocking};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn waits_and_timeouts_follow_the_paused_clock() {
    let driver = Driver::new().with_clock(Clock::tokio());
    let limiter = Scripted::new(Component::RateLimiter, "limiter");
    limiter.then(Answer::AskAfter(HOUR));
    let started = tokio::time::Instant::now();
    let never = driver.protect(&limiter).timeout(HOUR);
    let result = never.run(std::future::pending::<Result<(), Infallible>>).await;
    assert!(result.expect_err("cut").is_timed_out());
    assert_eq!(started.elapsed(), 2 * HOUR);
}

#[tokio::test(start_paused = true)]
async fn all_threads_and_runtimes_read_the_same_paused_time() {
    let clock = Clock::tokio();
    tokio::time::advance(HOUR).await;
    let inside = clock.now();
    assert_eq!(inside, Tick::ZERO + HOUR);
    let (plain, other_runtime) = thread::scope(|scope| {
        let other = Builder::new_current_thread().enable_time().start_paused(true).build();
        let other = other.expect("a runtime");
        let clock = &clock;
        let plain = scope.spawn(move || clock.now());
        let other_runtime = scope.spawn(move || other.block_on(async { clock.now() }));
        (plain.join().expect("no panic"), other_runtime.join().expect("no panic"))
    });
    assert_eq!((plain, other_runtime), (inside, inside));
}

#[test]
fn a_multi_thread_runtime_does_not_follow_the_paused_time_of_another() {
    let multi = Builder::new_multi_thread().worker_threads(1).enable_time().build();
    let clock = multi.expect("a runtime").block_on(async { Clock::tokio() });
    let paused = Builder::new_current_thread().enable_time().start_paused(true).build();
    paused.expect("a runtime").block_on(async {
        tokio::time::advance(HOUR).await;
        assert!(clock.now() < Tick::ZERO + HOUR);
    });
}

#[tokio::test]
async fn a_thread_outside_the_runtime_waits_on_its_clock() {
    let driver = Driver::new().with_clock(Clock::tokio());
    let waited = spawn_blocking(move || {
        let limiter = Scripted::new(Component::RateLimiter, "limiter");
        limiter.then(Answer::AskAfter(Duration::from_millis(1)));
        driver.protect(&limiter).run_blocking(|| Ok::<(), Infallible>(()))
    });
    waited.await.expect("no panic").expect("allowed");
}

#[tokio::test]
async fn the_clock_stops_only_with_the_thread_that_drives_its_runtime() {
    let clock = Clock::tokio();
    assert!(clock.stops_with_this_thread());
    let asked = clock.clone();
    let blocking = spawn_blocking(move || asked.stops_with_this_thread()).await;
    assert!(
        !blocking.expect("no panic"),
        "a blocking thread knows the runtime, and does not drive it"
    );
    let plain = thread::spawn(move || clock.stops_with_this_thread()).join();
    assert!(!plain.expect("no panic"));
}

#[test]
fn a_clock_stops_with_the_only_worker_of_its_runtime() {
    let stops = |workers| {
        let runtime = Builder::new_multi_thread().worker_threads(workers).enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let clock = Clock::tokio();
            let outside = clock.stops_with_this_thread();
            let asked = clock.clone();
            let worker = tokio::spawn(async move { asked.stops_with_this_thread() }).await;
            let left =
                tokio::spawn(async move { block_in_place(|| clock.stops_with_this_thread()) });
            [outside, worker.expect("no panic"), left.await.expect("no panic")]
        })
    };
    assert_eq!((stops(1), stops(2)), ([false, true, false], [false; 3]));
}
