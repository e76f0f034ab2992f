//! What settings describe, before anything of it is started.

use std::collections::BTreeMap;

use seawall_core::Component;

use crate::config::Problem;

mod budget;
mod checks;
mod coalescer;
mod component;
mod defaults;
mod describe;
mod diff;
mod entry;
mod fallback;
mod policy;
mod protection;
mod read;
#[cfg(feature = "__store")]
mod store;

pub(crate) use self::budget::{PlannedBudget, SETTINGS as BUDGET_SETTINGS};
pub(crate) use self::coalescer::{
    Options as CoalescerKind, PlannedCoalescer, TABLES as COALESCER_TABLES,
};
pub use self::component::PlannedComponent;
#[cfg(feature = "__pool")]
pub(crate) use self::component::problem;
pub use self::diff::{ChangeKind, PlanDiff, PlannedChange, SettingChange};
pub(crate) use self::fallback::PlannedFallback;
pub use self::policy::PlannedPolicy;
pub use self::protection::PlannedProtection;
pub(crate) use self::protection::settings::SETTINGS as PROTECTION_SETTINGS;
pub(crate) use self::protection::{ONE_OF, never_passes};
pub(crate) use self::read::{COMPONENTS, read};
#[cfg(feature = "__store")]
use self::store::PlannedStore;
#[cfg(feature = "__pool")]
pub(crate) use crate::build::pool::PlannedPool;

/// Everything that settings describe: components, stores, budgets, coalescers, protections and pools, with all
/// settings checked.
///
/// A plan is data: nothing of it runs. Building an infrastructure starts a plan; a reload changes a
/// running infrastructure from one plan to another.
#[derive(Clone, Default, PartialEq)]
pub struct Plan {
    pub(crate) components: BTreeMap<(Component, Box<str>), PlannedComponent>,
    /// Those that the settings describe, and those that protections have by default.
    pub(crate) budgets: BTreeMap<Box<str>, PlannedBudget>,
    pub(crate) coalescers: BTreeMap<Box<str>, PlannedCoalescer>,
    pub(crate) protections: BTreeMap<Box<str>, PlannedProtection>,
    #[cfg(feature = "__store")]
    stores: BTreeMap<Box<str>, PlannedStore>,
    #[cfg(feature = "__pool")]
    pub(crate) pools: BTreeMap<Box<str>, PlannedPool>,
    pub(crate) warnings: Vec<Problem>,
}

impl Plan {
    /// Returns the circuit breakers, rate limits and bulkheads, by kind and name.
    pub fn components(&self) -> impl Iterator<Item = &PlannedComponent> {
        self.components.values()
    }

    /// Returns what is probably wrong: settings that are right by themselves, and do harm together. Each has
    /// its place, and says what will happen and what to write instead.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Returns the protections, by name.
    pub fn protections(&self) -> impl Iterator<Item = &PlannedProtection> {
        self.protections.values()
    }
}
