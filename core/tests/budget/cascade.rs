//! Three services in a row, each with four attempts, of which the last fails every call for a minute.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::policy::{Attempt, Budget, BudgetOptions, Policy, Retry};
use seawall_core::{Component, Driver, Handle, Tick};
use seawall_testkit::{ManualClock, Scripted};

struct Services {
    time: ManualClock,
    hops: [Handle<Arc<Scripted>>; 3],
    tells_attempts: bool,
    reached: Cell<u32>,
}

impl Services {
    fn new(has_budgets: bool, tells_attempts: bool) -> Self {
        let time = ManualClock::new();
        let driver = Driver::new().with_clock(time.clock());
        let hops = ["first", "second", "last"].map(|name| {
            let options = BudgetOptions::new(name);
            let options = if has_budgets { options } else { options.floor(1e6) };
            let budget = Budget::start(&options).expect("valid options");
            let retry = Retry::new().attempts(4).idempotent(true);
            let policy = Policy::new(&budget).with_retry(retry).expect("valid options");
            let layer = Arc::new(Scripted::new(Component::CircuitBreaker, name));
            driver.handle(layer).with_policy(policy)
        });
        Self { time, hops, tells_attempts, reached: Cell::new(0) }
    }

    /// Calls the service of this hop, which calls the next one.
    async fn call(&self, hop: usize, serves: u32) -> Result<(), &'static str> {
        let Some(handle) = self.hops.get(hop) else {
            self.reached.set(self.reached.get() + 1);
            return Err("down");
        };
        let call = handle.call().serving_attempt(if self.tells_attempts { serves } else { 1 });
        let next = async |attempt: Attempt| {
            Box::pin(self.call(hop + 1, attempt.number().max(serves))).await
        };
        call.run_attempts(next).await.map_err(|_| "down")
    }

    /// Offers a hundred requests a second for a minute. Returns the requests that reached the last service
    /// per request offered.
    fn load(&self) -> f64 {
        let (mut offered, ends) = (0, Tick::ZERO + Duration::from_secs(60));
        while self.time.now() < ends {
            offered += 1;
            self.time.block_on(self.call(0, 1)).expect_err("the last one is down");
            self.time.advance(Duration::from_millis(10));
        }
        f64::from(self.reached.get()) / f64::from(offered)
    }
}

#[test]
fn budgets_keep_attempts_of_services_in_a_row_from_multiplying() {
    let without = Services::new(false, false).load();
    assert!((63.9..=64.0).contains(&without), "4 × 4 × 4: {without}");
    let with = Services::new(true, false).load();
    assert!((1.0..=1.3).contains(&with), "{with}");
}

#[test]
fn a_service_that_serves_a_retry_does_not_retry() {
    let alone = Services::new(false, true).load();
    assert!((9.9..=10.0).contains(&alone), "4 + 3 + 3: {alone}");
    let both = Services::new(true, true).load();
    assert!((1.0..=1.1).contains(&both), "{both}");
}
