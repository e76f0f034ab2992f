//! A call that takes leased tokens allocates nothing: with a key or without, alone or through a driver, also
//! the one that finds that more are needed.

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{Backend, Driver, Permit};
use seawall_ratelimit_redis::{MemoryStore, RateLimiter, Rule};
use seawall_testkit::ManualClock;

const KEY: (&str, u64, &str) =
    ("user", 7, "a key that is longer than any buffer would hold in itself");

/// A limiter with its background work, which runs only when it is polled.
struct Fixture {
    time: ManualClock,
    driver: Driver,
    limiter: RateLimiter,
    work: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Fixture {
    /// Has leased tokens for a thousand calls a second, with a key or without.
    fn new(keyed: bool) -> Self {
        let time = ManualClock::new();
        time.advance(Duration::from_secs(1000));
        let store = Arc::new(MemoryStore::new(time.clock()));
        let rule = Rule::new("leased", 10_000, Duration::from_secs(1));
        let driver = Driver::new().with_clock(time.clock());
        let limiter = RateLimiter::start_with_seed(&rule, store, 7).expect("a valid rule");
        let limiter = limiter.with_driver(driver.clone());
        let mut fixture = Self { time, driver, work: Box::pin(limiter.run()), limiter };
        for _ in 0..2000 {
            fixture.time.advance(Duration::from_millis(1));
            fixture.work();
            let limiter = fixture.limiter.clone();
            let mut call = pin!(async {
                match keyed {
                    true => limiter.wait(KEY, 1, Duration::ZERO).await,
                    false => limiter.protect().acquire().await.map(Permit::success),
                }
            });
            while call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                fixture.work();
            }
        }
        fixture.work();
        fixture
    }

    fn work(&mut self) {
        let ended = self.work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(ended, Poll::Pending, "it runs until the limiter is gone");
    }

    fn reading(&self, name: &str) -> u64 {
        Backend::status(&self.limiter, self.time.now()).reading(name).expect("a reading")
    }

    /// Spends all leased tokens, without the background work, by calls that must not allocate.
    fn spend(&mut self, what: &str, call: impl Fn(&Self) -> bool) {
        let leased = self.reading("leased");
        assert!(leased > 100, "{what}: {leased} tokens");
        for nth in 0..leased {
            let mut admitted = false;
            let made = allocation_counter::measure(|| admitted = call(self));
            assert!(admitted, "{what}: call {nth} of {leased}");
            assert_eq!(made.count_total, 0, "{what}: call {nth} of {leased}");
        }
        let before = self.reading("round_trips");
        self.work();
        let after = self.reading("round_trips");
        assert!(after > before, "{what}: one of the calls has asked for more");
    }
}

#[test]
fn a_call_that_takes_leased_tokens_allocates_nothing() {
    Fixture::new(false).spend("check", |it| it.limiter.check(1).is_ok());
    Fixture::new(true).spend("check_rate", |it| it.limiter.check_rate(KEY, 1).is_ok());
    Fixture::new(false).spend("driver", |it| {
        it.driver.protect(&it.limiter).run_blocking(|| Ok::<_, Infallible>(())).is_ok()
    });
    Fixture::new(true).spend("driver, keyed", |it| {
        it.driver.protect(&it.limiter).key(KEY).run_blocking(|| Ok::<_, Infallible>(())).is_ok()
    });
}
