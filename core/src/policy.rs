//! Policies: what is done with a call that failed, and the budget that bounds the extra load.
//!
//! A policy is data. The driver leads the attempts; each passes all layers anew and is accounted for
//! there.
//!
//! ```
//! use seawall_core::policy::{Budget, BudgetOptions, Policy, Retry};
//! use seawall_core::{Driver, Dynamic};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // One budget per target, shared by all protections in front of it.
//! let budget = Budget::start(&BudgetOptions::new("prices"))?;
//! let policy = Policy::new(&budget).with_retry(Retry::new().attempts(3))?;
//! let prices = Driver::new().handle(Dynamic::new("prices", vec![])?).with_policy(policy);
//!
//! let price = prices.call().idempotent().run_attempts(async |attempt| {
//!     println!("attempt {}", attempt.number());
//!     Ok::<_, std::io::Error>(42)
//! });
//! assert_eq!(price.await?, 42);
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;

use crate::InvalidOption;

mod attempt;
mod backoff;
mod budget;
mod chance;
mod not_retried;
mod retry;

pub use self::attempt::Attempt;
pub use self::backoff::{Backoff, Jitter};
pub use self::budget::{Budget, BudgetOptions, Extra};
use self::chance::Chance;
pub use self::not_retried::NotRetried;
pub use self::retry::Retry;

/// What is done with calls that fail, and the budget that bounds it. Clones share the budget.
#[derive(Clone, Debug)]
pub struct Policy {
    retry: Option<Retry>,
    budget: Budget,
    chance: Arc<Chance>,
}

impl Policy {
    /// Creates a policy that sends nothing extra.
    #[must_use]
    pub fn new(budget: &Budget) -> Self {
        Self { retry: None, budget: budget.clone(), chance: Arc::new(Chance::random()) }
    }

    /// Attempts failed calls again.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub fn with_retry(mut self, retry: Retry) -> Result<Self, InvalidOption> {
        retry.validate(self.budget.layer())?;
        self.retry = Some(retry);
        Ok(self)
    }

    /// Makes chance repeatable, for tests.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.chance = Arc::new(Chance::seeded(seed));
        self
    }

    /// Returns the budget.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Returns which calls are attempted again, if any.
    #[must_use]
    pub fn retry(&self) -> Option<&Retry> {
        self.retry.as_ref()
    }

    /// Returns true if a call may be attempted again.
    pub(crate) fn has_retries(&self) -> bool {
        self.retry.is_some_and(|retry| retry.attempts > 1)
    }

    pub(crate) fn random(&self) -> u64 {
        self.chance.next()
    }
}
