//! What settings describe, before anything of it is started.

use std::collections::BTreeMap;

use seawall_core::Component;

mod component;
mod defaults;
mod describe;
mod diff;
mod entry;
mod protection;
mod read;

pub use self::component::PlannedComponent;
#[cfg(feature = "__pool")]
pub(crate) use self::component::problem;
pub use self::diff::{ChangeKind, PlanDiff, PlannedChange, SettingChange};
pub use self::protection::PlannedProtection;
pub(crate) use self::protection::{SETTINGS as PROTECTION_SETTINGS, never_passes};
pub(crate) use self::read::{COMPONENTS, read};
#[cfg(feature = "__pool")]
pub(crate) use crate::build::pool::PlannedPool;

/// Everything that settings describe: components, protections and pools, with all settings checked.
///
/// A plan is data: nothing of it runs. Building an infrastructure starts a plan; a reload changes a
/// running infrastructure from one plan to another.
#[derive(Clone, Default, PartialEq)]
pub struct Plan {
    pub(crate) components: BTreeMap<(Component, Box<str>), PlannedComponent>,
    pub(crate) protections: BTreeMap<Box<str>, PlannedProtection>,
    #[cfg(feature = "__pool")]
    pub(crate) pools: BTreeMap<Box<str>, PlannedPool>,
}

impl Plan {
    /// Returns the circuit breakers, rate limits and bulkheads, by kind and name.
    pub fn components(&self) -> impl Iterator<Item = &PlannedComponent> {
        self.components.values()
    }

    /// Returns the protections, by name.
    pub fn protections(&self) -> impl Iterator<Item = &PlannedProtection> {
        self.protections.values()
    }
}
