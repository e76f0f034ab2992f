//! Under Tokio's paused clock, everything stands still with it.
#![cfg(feature = "tokio")]

use std::convert::Infallible;
use std::time::Duration;

use seawall_core::{Clock, Component, Driver};
use seawall_testkit::{Answer, Scripted};

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

#[tokio::test]
async fn a_thread_outside_the_runtime_waits_on_its_clock() {
    let driver = Driver::new().with_clock(Clock::tokio());
    let waited = tokio::task::spawn_blocking(move || {
        let limiter = Scripted::new(Component::RateLimiter, "limiter");
        limiter.then(Answer::AskAfter(Duration::from_millis(1)));
        driver.protect(&limiter).run_blocking(|| Ok::<(), Infallible>(()))
    });
    waited.await.expect("no panic").expect("allowed");
}
