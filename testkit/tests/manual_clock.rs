//! A blocking call on the thread that turns the clock.

use std::time::Duration;

use seawall_core::{Component, Driver};
use seawall_testkit::{Answer, ManualClock, Scripted};

#[test]
#[should_panic(expected = "clock")]
fn a_blocking_wait_on_the_thread_that_turns_the_clock_panics() {
    let time = ManualClock::new();
    let driver = Driver::new().with_clock(time.clock());
    let limiter = Scripted::new(Component::RateLimiter, "slow");
    limiter.then(Answer::GoAfter(Duration::from_millis(20)));
    let _permit = driver.protect(&limiter).acquire_blocking();
}
