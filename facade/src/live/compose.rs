use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use seawall_core::policy::BudgetOptions;
use seawall_core::{Component, Driver, FallbackTo, Stack, WeakHandle};

use super::table::close;
use super::{Live, Parts, RunningBudget, RunningPolicy};
use crate::AnyLayer;
use crate::config::Diagnostic;
use crate::plan::{Plan, PlannedFallback, PlannedPolicy, PlannedProtection};
use crate::protection::{Handle, Snapshot};
use crate::swap::Slot;

/// How a protection is put together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recipe {
    pub(crate) name: Box<str>,
    pub(crate) layers: Vec<(Component, Box<str>)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) policy: Option<PlannedPolicy>,
    pub(crate) fallback: Option<PlannedFallback>,
}

impl From<&PlannedProtection> for Recipe {
    fn from(planned: &PlannedProtection) -> Self {
        let planned = planned.clone();
        let PlannedProtection { name, layers, timeout, deadline, policy, fallback, .. } = planned;
        Self { name, layers, timeout, deadline, policy, fallback }
    }
}

/// A protection that was put together.
pub(crate) struct Made {
    snapshot: Snapshot,
    /// The numbers of what it was made from.
    parts: Vec<u64>,
    policy: Option<RunningPolicy>,
}

impl Recipe {
    /// Puts the protection together. Its policy goes on from the one `before`.
    ///
    /// # Errors
    /// If it has too many layers, or one of them twice.
    fn make(
        &self,
        driver: &Driver,
        parts: &Parts,
        before: Option<&RunningPolicy>,
    ) -> Result<Made, Diagnostic> {
        let find = |(component, name): &(Component, Box<str>)| parts.find(*component, name);
        let found: Vec<_> = self.layers.iter().filter_map(find).collect();
        let layers = found.iter().flat_map(|running| running.layers()).collect();
        let invalid = |invalid: &dyn std::fmt::Display| Diagnostic::new(invalid.to_string());
        let stack = Stack::new(&*self.name, layers).map_err(|error| invalid(&error))?;
        let mut snapshot = driver.handle(stack).with_limits(self.timeout, self.deadline);
        let policy = self.policy.as_ref().map(|planned| {
            let budget = self.budget(planned, parts, before)?;
            RunningPolicy::next(planned, &budget, before)
        });
        let policy = policy.transpose().map_err(|error| invalid(&error))?;
        let mut ids: Vec<_> = found.iter().map(|running| running.id).collect();
        if let Some(policy) = &policy {
            snapshot = snapshot.with_policy(policy.policy().clone());
            ids.push(policy.budget().id);
        }
        Ok(Made { snapshot, parts: ids, policy })
    }

    /// Returns the budget that the settings have, or else one of its own.
    fn budget(
        &self,
        planned: &PlannedPolicy,
        parts: &Parts,
        before: Option<&RunningPolicy>,
    ) -> Result<RunningBudget, seawall_core::InvalidOption> {
        let configured = planned.budget().and_then(|name| parts.budgets.get(name));
        match configured.or(before.map(RunningPolicy::budget)) {
            Some(budget) => Ok(budget.clone()),
            None => {
                RunningBudget::start(&BudgetOptions::new(planned.budget().unwrap_or(&self.name)))
            }
        }
    }
}

/// Versions of configured protections that are in use. One that comes back is the same again, so that
/// calls which have found it before find it at once.
#[derive(Default)]
pub(crate) struct Snapshots {
    protections: BTreeMap<Box<str>, Versions>,
    /// The number of versions there were.
    count: u64,
}

#[derive(Default)]
struct Versions {
    known: Vec<Known>,
    /// The last policy, of which a new version keeps what is the same.
    policy: Option<RunningPolicy>,
}

struct Known {
    number: u64,
    recipe: Recipe,
    parts: Vec<u64>,
    snapshot: WeakHandle<Stack<AnyLayer>>,
}

impl Snapshots {
    /// Returns the version of the protection `planned`, with its fallback, which `plan` has.
    ///
    /// # Errors
    /// If one of them has too many layers, or one twice.
    pub(crate) fn of(
        &mut self,
        planned: &PlannedProtection,
        plan: &Plan,
        driver: &Driver,
        parts: &Parts,
    ) -> Result<Snapshot, Diagnostic> {
        let fallback = planned.fallback.as_ref();
        let target = fallback.and_then(|fallback| plan.protections.get(&fallback.to));
        // A fallback has none itself, so that no two protections keep each other.
        let target = target.map(|target| Recipe { fallback: None, ..target.into() });
        let target = target.map(|target| self.find(target, driver, parts, None)).transpose()?;
        Ok(self.find(planned.into(), driver, parts, target)?.0)
    }

    /// Returns the version that `recipe` describes, and its number.
    fn find(
        &mut self,
        recipe: Recipe,
        driver: &Driver,
        parts: &Parts,
        target: Option<(Snapshot, u64)>,
    ) -> Result<(Snapshot, u64), Diagnostic> {
        let versions = self.protections.entry(recipe.name.clone()).or_default();
        let made = recipe.make(driver, parts, versions.policy.as_ref())?;
        let Made { mut snapshot, mut parts, policy } = made;
        versions.policy = policy;
        if let (Some(fallback), Some((target, number))) = (&recipe.fallback, target) {
            let to = FallbackTo::new(fallback.ends, &target).with_share(fallback.share);
            snapshot =
                snapshot.with_fallback(to.map_err(|invalid| Diagnostic::new(invalid.to_string()))?);
            parts.push(number);
        }
        let known = &mut versions.known;
        known.retain(|known| known.snapshot.upgrade().is_some());
        let same = |known: &&Known| known.parts == parts && known.recipe == recipe;
        if let Some(known) = known.iter().find(same)
            && let Some(same) = known.snapshot.upgrade()
        {
            return Ok((same, known.number));
        }
        self.count += 1;
        let (number, weak) = (self.count, snapshot.downgrade());
        known.push(Known { number, recipe, parts, snapshot: weak });
        Ok((snapshot, number))
    }
}

/// Protections that code composed, as long as it keeps them.
#[derive(Default)]
pub(crate) struct Composed(Vec<Open>);

struct Open {
    slot: Weak<Slot<Snapshot>>,
    recipe: Recipe,
    parts: Vec<u64>,
    policy: Option<RunningPolicy>,
}

impl Composed {
    /// Opens a protection that code has composed.
    ///
    /// # Errors
    /// If it has too many layers, or one of them twice.
    pub(crate) fn open(
        &mut self,
        live: &Live,
        recipe: Recipe,
        parts: &Parts,
    ) -> Result<Handle, Diagnostic> {
        let Made { snapshot, parts, policy } = recipe.make(&live.driver, parts, None)?;
        let slot = Arc::new(Slot::new(snapshot, Arc::clone(&live.gate)));
        if live.is_closed() {
            close(&slot);
        }
        self.0.retain(|open| open.slot.strong_count() > 0);
        self.0.push(Open { slot: Arc::downgrade(&slot), recipe, parts, policy });
        Ok(Handle::new(slot))
    }

    /// Puts those together again whose parts are others now. Within a change.
    pub(crate) fn follow(&mut self, driver: &Driver, parts: &Parts) {
        for open in &mut self.0 {
            let Some(slot) = open.slot.upgrade() else { continue };
            let Ok(made) = open.recipe.make(driver, parts, open.policy.as_ref()) else { continue };
            if made.parts != open.parts {
                slot.replace(made.snapshot);
                (open.parts, open.policy) = (made.parts, made.policy);
            }
        }
    }

    pub(super) fn close(&self) {
        self.0.iter().filter_map(|open| open.slot.upgrade()).for_each(|slot| close(&slot));
    }
}
