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
    planned: PlannedPolicy,
    budget: RunningBudget,
    policy: Policy,
}

impl RunningPolicy {
    /// Returns the policy that `planned` describes: the one `before`, with all that it has measured, as far
    /// as it is the same.
    ///
    /// # Errors
    /// If an option is not within its bounds.
    pub(crate) fn next(
        planned: &PlannedPolicy,
        budget: &RunningBudget,
        before: Option<&Self>,
    ) -> Result<Self, InvalidOption> {
        let before = before.filter(|before| before.budget.id == budget.id);
        let policy = match before {
            Some(before) if before.planned == *planned => before.policy.clone(),
            Some(before) => before.policy.clone().with_retry(planned.retry)?,
            None => Policy::new(&budget.budget).with_retry(planned.retry)?,
        };
        Ok(Self { planned: planned.clone(), budget: budget.clone(), policy })
    }

    pub(crate) const fn budget(&self) -> &RunningBudget {
        &self.budget
    }

    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }
}
