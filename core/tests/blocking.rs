//! A blocking call that would wait for ever on the thread that drives its clock panics and says why.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use seawall_core::{Clock, Component, Driver, RefusalKind, Sleep, Tick, TimeSource, Verdict};
use seawall_testkit::{Answer, Scripted};

const MS: Duration = Duration::from_millis(1);

/// A clock that one thread drives.
struct Driven(thread::ThreadId);

impl TimeSource for Driven {
    fn now(&self) -> Tick {
        Tick::ZERO
    }

    fn sleep_until(&self, _: Tick) -> Sleep {
        Sleep::new(std::future::pending())
    }

    fn stops_with_this_thread(&self) -> bool {
        thread::current().id() == self.0
    }
}

#[test]
fn every_blocking_entry_point_panics_instead_of_waiting_for_ever() {
    let driver = Driver::new().with_clock(Clock::custom(Driven(thread::current().id())));
    let limiter = Scripted::new(Component::RateLimiter, "limiter");
    let breaker = Scripted::new(Component::CircuitBreaker, "breaker");
    let layers = (&limiter, &breaker);
    let protect = || driver.protect(&layers);
    let run = || drop(protect().run_blocking(|| Ok::<(), Infallible>(())));
    let run_or = || drop(protect().run_blocking_or(|| Ok::<(), Infallible>(()), |_| ()));
    let acquire = || drop(protect().acquire_blocking());
    let reserve = || drop(protect().reserve_blocking());
    let entries: [&dyn Fn(); 4] = [&run, &run_or, &acquire, &reserve];
    for entry in entries {
        let waits = [
            Answer::GoAfter(MS),
            Answer::AskAfter(MS),
            Answer::Never(MS, RefusalKind::BulkheadTimeout),
        ];
        for wait in waits {
            limiter.then(wait.clone());
            let panic = catch_unwind(AssertUnwindSafe(entry)).expect_err("it would wait");
            let message = panic.downcast_ref::<&str>().expect("a fixed text");
            assert!(message.contains("drives its clock"), "{wait:?}: {message}");
        }
        entry();
    }
    let counts = limiter.counts();
    assert_eq!((counts.in_flight(), counts.ended(Verdict::Unused)), (0, 5), "and takes nothing");
}

#[test]
fn another_thread_may_wait() {
    let driver = Driver::new();
    let limiter = Scripted::new(Component::RateLimiter, "limiter");
    limiter.then(Answer::GoAfter(Duration::from_nanos(1)));
    driver.protect(&limiter).acquire_blocking().expect("admitted").success();
}
