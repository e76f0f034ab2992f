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
use std::time::Duration;

use crate::{Clock, InvalidOption};

mod attempt;
mod backoff;
mod budget;
mod chance;
mod coalescer;
mod fallback;
mod hedge;
mod last_good;
mod measured;
mod not_retried;
mod observations;
mod quantile_timeout;
mod retry;
mod slot_length;

pub use self::attempt::Attempt;
#[cfg(feature = "pool")]
pub(crate) use self::backoff::share;
pub use self::backoff::{Backoff, Jitter};
pub use self::budget::{Budget, BudgetOptions, Extra};
pub(crate) use self::chance::Chance;
pub use self::coalescer::{Coalescer, CoalescerOptions, Outcome};
pub use self::fallback::Fallback;
pub(crate) use self::hedge::Hedging;
pub use self::hedge::{Hedge, HedgeAfter};
pub use self::last_good::{Answer, LastGood, LastGoodOptions};
pub(crate) use self::measured::Measured;
pub use self::not_retried::NotRetried;
use self::observations::Observed;
pub use self::observations::PolicyObservations;
pub use self::quantile_timeout::QuantileTimeout;
pub use self::retry::Retry;
pub(crate) use self::slot_length::SlotLength;
pub use crate::sketch::{LatencySketch, Quantile};

/// What is done with calls that fail, and the budget that bounds it. Clones share the budget.
#[derive(Clone, Debug)]
pub struct Policy {
    retry: Option<Retry>,
    budget: Budget,
    chance: Arc<Chance>,
    timeout: Option<QuantileTimeout>,
    hedging: Option<Arc<Hedging>>,
    measured: Option<Arc<Measured>>,
    observed: Arc<Observed>,
}

impl Policy {
    /// Creates a policy that sends nothing extra.
    #[must_use]
    pub fn new(budget: &Budget) -> Self {
        let (budget, chance) = (budget.clone(), Arc::new(Chance::random()));
        let (retry, timeout, hedging, measured) = (None, None, None, None);
        Self { retry, budget, chance, timeout, hedging, measured, observed: Arc::default() }
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

    /// Limits the time of each attempt by what earlier ones took.
    ///
    /// It limits all calls of a [`Handle`](crate::Handle) with this policy, also those that make one attempt.
    /// The shorter of this and the handle's own timeout holds, and a call's own timeout in place of both.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub fn with_timeout(mut self, timeout: QuantileTimeout) -> Result<Self, InvalidOption> {
        timeout.validate(self.budget.layer())?;
        self.timeout = Some(timeout);
        Ok(self.with_latency())
    }

    /// Sends calls that take long once more, and takes the first answer.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub fn with_hedge(mut self, hedge: Hedge) -> Result<Self, InvalidOption> {
        self.hedging = Some(Arc::new(Hedging::start(hedge, &self.budget)?));
        Ok(self.with_latency())
    }

    /// Measures the times of calls, for [`latency`](Self::latency): an attempt is then not made if it
    /// would probably not end before the deadline.
    #[must_use]
    pub fn with_latency(mut self) -> Self {
        let hedge = self.hedging.as_ref().map(|hedging| hedging.options);
        self.measured = Some(Arc::new(Measured::new(self.timeout, hedge)));
        self
    }

    /// Goes on with what `earlier` has measured and observed, and with its share of hedges: for a policy that takes the
    /// place of another one of the same calls. Handles with `earlier` go on to measure for both, unless the
    /// timeout or the hedge is another one: then this one begins with a copy.
    #[must_use]
    pub fn measuring_as(mut self, earlier: &Self) -> Self {
        self.observed = Arc::clone(&earlier.observed);
        let hedge = |policy: &Self| policy.hedging().map(|hedging| hedging.options);
        let is_same_budget = self.budget.is(&earlier.budget);
        let is_same_hedge = hedge(&self) == hedge(earlier);
        if is_same_hedge && is_same_budget {
            self.hedging.clone_from(&earlier.hedging);
        }
        if let (Some(_), Some(measured)) = (&self.measured, &earlier.measured) {
            self.measured = Some(match is_same_hedge && self.timeout == earlier.timeout {
                true => Arc::clone(measured),
                false => Arc::new(measured.with(self.timeout, hedge(&self))),
            });
        }
        self
    }

    /// Returns the time after which a copy of a call is sent now, if that is known.
    #[must_use]
    pub fn hedge_delay(&self) -> Option<Duration> {
        let Hedge { after, min, .. } = self.hedging.as_ref()?.options;
        match after {
            HedgeAfter::Time(time) => Some(time.max(min)),
            HedgeAfter::Quantile(_) => Some(self.measured()?.delay()?.max(min)),
        }
    }

    /// Returns the times that calls took, if they are measured.
    #[must_use]
    pub fn latency(&self) -> Option<&LatencySketch> {
        self.measured.as_deref().map(Measured::sketch)
    }

    /// Returns the timeout in force for first attempts, if it follows what was measured.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout.filter(|timeout| !timeout.observe)?;
        self.measured.as_ref()?.limit(Attempt::FIRST).get()
    }

    /// Returns the timeout that would be in force for first attempts, if it is observed.
    #[must_use]
    pub fn observed_timeout(&self) -> Option<Duration> {
        self.timeout.filter(|timeout| timeout.observe)?;
        self.measured.as_ref()?.limit(Attempt::FIRST).get()
    }

    /// Returns what the policy would have done where it is only observed.
    #[must_use]
    pub fn observations(&self) -> PolicyObservations {
        self.observed.with_timeouts(self.measured().map_or(0, Measured::over))
    }

    /// Returns true if retries are only counted; then counts one.
    pub(crate) fn observes_retry(&self) -> bool {
        let observes = self.retry.is_some_and(|retry| retry.observe);
        if observes {
            self.observed.note_retry();
        }
        observes
    }

    /// Returns true if copies are only counted; then counts one.
    pub(crate) fn observes_hedge(&self) -> bool {
        let observes = self.hedging().is_some_and(|hedging| hedging.options.observe);
        if observes {
            self.observed.note_hedge();
        }
        observes
    }

    #[inline(always)]
    pub(crate) fn hedging(&self) -> Option<&Hedging> {
        self.hedging.as_deref()
    }

    /// Counts a first attempt that succeeded.
    #[inline(always)]
    pub(crate) fn deposit(&self, clock: &Clock) {
        self.budget.deposit_by(clock);
        if let Some(hedging) = &self.hedging {
            hedging.share().deposit_by(clock);
        }
    }

    #[inline(always)]
    pub(crate) fn measured(&self) -> Option<&Measured> {
        self.measured.as_deref()
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
