use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use seawall_core::{Layer, Tick};

use super::history::History;
use super::{ConfigStatus, Rejected, Version};
use crate::build::Catalogue;
use crate::config::{CodeChanges, ConfigError, Content, ContentHash, Diagnostic, Problem};
use crate::live::{Composed, Keyed, Running, Snapshots};
use crate::plan::{self, Plan};
#[cfg(feature = "__pool")]
use crate::pool::GivenPool;
use crate::protection::Snapshot;
use crate::swap::Slot;

/// What changes the settings: one change at a time.
pub(crate) struct Engine {
    /// What code has changed, over the sources.
    pub(super) code: CodeChanges,
    backends: Catalogue,
    #[cfg(feature = "__pool")]
    pub(super) given: Vec<GivenPool>,
    /// The pools that code has given managers for.
    pools: Vec<String>,
    pub(super) history: History,
    pub(super) snapshots: Snapshots,
    pub(crate) composed: Composed,
    pub(super) slots: Slots,
    /// What is wrong with the settings that the sources have, if they are not in effect.
    pub(super) rejected: Option<Rejected>,
    /// The sources as they were when they came into effect last.
    applied: Option<Content>,
    /// The last content of the sources that came into effect or was refused.
    handled: Option<ContentHash>,
}

/// The slots of all names, also of those that were removed, as long as a table leads to them.
#[derive(Default)]
pub(super) struct Slots {
    pub(super) protections: BTreeMap<Box<str>, Weak<Slot<Snapshot>>>,
    pub(super) components: Keyed<Weak<Slot<Arc<Running>>>>,
}

impl Engine {
    pub(crate) fn new(backends: Catalogue) -> Self {
        let (code, history, snapshots, composed, slots) = Default::default();
        Self {
            code,
            backends,
            #[cfg(feature = "__pool")]
            given: Vec::new(),
            pools: Vec::new(),
            history,
            snapshots,
            composed,
            slots,
            rejected: None,
            applied: None,
            handled: None,
        }
    }

    /// Sets the pools that code has given managers for.
    #[cfg(feature = "__pool")]
    pub(crate) fn with_pools(mut self, given: Vec<GivenPool>) -> Self {
        self.pools = given.iter().map(|pool| pool.name.clone()).collect();
        self.given = given;
        self
    }

    /// Reads what sources have. Nothing is started or changed.
    ///
    /// # Errors
    /// If anything is wrong with it; if a file is empty that was not, or all settings are gone.
    pub(super) fn read(&self, content: &Content) -> Result<Plan, ConfigError> {
        let plan = self.plan_of(&content.with(&self.code))?;
        let emptied = self.applied.as_ref().map(|before| content.emptied_since(before));
        let mut problems = emptied.unwrap_or_default();
        if is_empty(&plan) && !is_empty(&self.plan()) && problems.is_empty() {
            let wrong = Diagnostic::new("the settings are empty, and were not before");
            let wrong = wrong.expected("at least one component or protection");
            problems.push(Problem::about(&[], wrong));
        }
        if problems.is_empty() { Ok(plan) } else { Err(ConfigError::new(problems)) }
    }

    /// Returns what a content describes.
    ///
    /// # Errors
    /// If anything is wrong with it.
    pub(super) fn plan_of(&self, content: &Content) -> Result<Plan, ConfigError> {
        let reader = content.reader()?;
        let plan = plan::read(&reader, &self.backends, Some(&self.pools));
        reader.finish()?;
        Ok(plan)
    }

    /// Returns the sources as they were when they came into effect last.
    pub(super) fn applied(&self) -> Content {
        self.applied.clone().expect("BUG: nothing runs yet")
    }

    /// Returns the hash of the last content that came into effect or was refused.
    pub(super) const fn handled(&self) -> Option<ContentHash> {
        self.handled
    }

    /// Notes that `content` is in effect. Returns true if the settings were stale before.
    pub(super) fn accept(&mut self, content: Content) -> bool {
        self.handled = Some(content.hash());
        self.applied = Some(content);
        self.rejected.take().is_some()
    }

    /// Notes that a content was refused. Returns true if it was not known to be wrong.
    pub(super) fn reject(&mut self, content: ContentHash, at: Tick, error: &ConfigError) -> bool {
        let is_known = self.rejected.is_some() && self.handled == Some(content);
        if !is_known {
            self.handled = Some(content);
            self.rejected = Some(Rejected { at, error: error.clone() });
        }
        !is_known
    }

    /// Checks what code has registered.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.backends.check()
    }

    /// Returns the plan in effect.
    pub(crate) fn plan(&self) -> Arc<Plan> {
        self.history.current().map(|(_, plan)| Arc::clone(plan)).unwrap_or_default()
    }

    /// Returns the warnings of the plan in effect that the plan before did not have.
    pub(super) fn new_warnings(&self) -> Vec<Problem> {
        let before = self.history.previous().map(|plan| plan.warnings()).unwrap_or_default();
        let plan = self.plan();
        let is_new = |warning: &&Problem| !before.iter().any(|known| known.found == warning.found);
        plan.warnings().iter().filter(is_new).cloned().collect()
    }

    /// Returns the version in effect.
    pub(crate) fn version(&self) -> Version {
        let (version, _) = self.history.current().expect("BUG: nothing runs yet");
        version.clone()
    }

    pub(crate) fn versions(&self) -> Vec<Version> {
        self.history.versions().cloned().collect()
    }

    /// Returns true if the sources have other settings than those in effect, because they were refused.
    pub(crate) const fn is_stale(&self) -> bool {
        self.rejected.is_some()
    }

    pub(crate) fn status(&self, layer: &Layer) -> ConfigStatus {
        ConfigStatus::new(layer.clone(), self.version(), self.rejected.clone())
    }
}

fn is_empty(plan: &Plan) -> bool {
    plan.components().next().is_none() && plan.protections().next().is_none()
}
