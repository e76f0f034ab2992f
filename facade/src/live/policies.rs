use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use seawall_core::InvalidOption;
use seawall_core::policy::{Budget, BudgetOptions, Policy};

use crate::plan::PlannedPolicy;

/// A budget that runs.
#[derive(Clone)]
pub(crate) struct RunningBudget {
    /// Tells it apart from all others, also from earlier ones of the same name.
    pub(crate) id: u64,
    pub(crate) budget: Budget,
}

/// Budgets by name.
pub(crate) type Budgets = BTreeMap<Box<str>, RunningBudget>;

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl RunningBudget {
    /// # Errors
    /// If an option is not within its bounds.
    pub(crate) fn start(options: &BudgetOptions) -> Result<Self, InvalidOption> {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Ok(Self { id, budget: Budget::start(options)? })
    }
}

/// A policy that a protection has, with the budget that it was made for.
#[derive(Clone)]
pub(crate) struct RunningPolicy {
    budget: RunningBudget,
    policy: Policy,
}

impl RunningPolicy {
    /// Returns the policy that `planned` describes, which goes on with what the one `before` has measured.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub(crate) fn next(
        planned: &PlannedPolicy,
        budget: &RunningBudget,
        before: Option<&Self>,
    ) -> Result<Self, InvalidOption> {
        let mut policy = Policy::new(&budget.budget).with_retry(planned.retry)?;
        if let Some(timeout) = planned.timeout {
            policy = policy.with_timeout(timeout)?;
        }
        if let Some(hedge) = planned.hedge {
            policy = policy.with_hedge(hedge)?;
        }
        if let Some(before) = before {
            policy = policy.measuring_as(&before.policy);
        }
        Ok(Self { budget: budget.clone(), policy })
    }

    pub(crate) const fn budget(&self) -> &RunningBudget {
        &self.budget
    }

    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }
}
