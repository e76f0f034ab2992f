use std::sync::Arc;

use reqwest::{Client, Url};
use seawall::breaker::{BreakerOptions, CircuitBreaker};
use seawall::policy::{Budget, BudgetOptions, Policy, Retry};
use seawall::{BoxError, Driver};

/// The header that has the number of the attempt.
pub(crate) const ATTEMPT: &str = "x-envoy-attempt-count";

/// What keeps attempts from multiplying.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) has_budgets: bool,
    pub(crate) tells_attempts: bool,
}

/// The calls from one service to the next.
pub(crate) struct Hop {
    target: Url,
    client: Client,
    driver: Driver,
    breaker: CircuitBreaker,
    policy: Policy,
    setup: Setup,
}

impl Hop {
    pub(crate) fn new(name: &str, target: Url, setup: Setup) -> Result<Arc<Self>, BoxError> {
        let options = BudgetOptions::new(name);
        let options = if setup.has_budgets { options } else { options.floor(1e6) };
        let policy = Policy::new(&Budget::start(&options)?)
            .with_retry(Retry::new().attempts(4).idempotent(true))?;
        // It never opens here, so that only budgets bound the load.
        let breaker = CircuitBreaker::start(&BreakerOptions::new(name).failures(1_000_000))?;
        let (client, driver) = (Client::new(), Driver::new());
        Ok(Arc::new(Self { target, client, driver, breaker, policy, setup }))
    }

    /// Calls the next service, for a request that is attempt `serves` of its caller.
    pub(crate) async fn call(&self, serves: u32) -> Result<(), BoxError> {
        let serves = if self.setup.tells_attempts { serves } else { 1 };
        let call = self.driver.protect(&self.breaker).policy(&self.policy).serving_attempt(serves);
        let result = call.run_attempts(async |attempt| {
            let request = self.client.get(self.target.clone());
            let request = request.header(ATTEMPT, attempt.number().max(serves).to_string());
            request.send().await?.error_for_status().map(drop)
        });
        result.await.map_err(|error| error.to_string().into())
    }
}
