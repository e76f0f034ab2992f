use std::collections::BTreeMap;
use std::sync::Arc;

use seawall_core::Component;

use crate::config::ConfigError;
use crate::live::{Live, Running, Table};
use crate::plan::{ChangeKind, Plan, PlanDiff, PlannedChange, PlannedComponent};

/// The components of a plan that run, or will.
pub(super) type Components = Keyed<Arc<Running>>;

/// Values by kind of component and name.
pub(super) type Keyed<V> = BTreeMap<(Component, Box<str>), V>;

/// Starts the components that are new in `plan`; the others are those of `table`.
///
/// # Errors
/// If one does not start with options that its backend accepted when it read them.
pub(super) fn start(
    plan: &Plan,
    difference: &PlanDiff,
    table: &Table,
    live: &Live,
) -> Result<Components, ConfigError> {
    let (driver, manual) = (&live.driver, &live.manual);
    let mut problems = Vec::new();
    let mut components = Components::new();
    for (key, planned) in &plan.components {
        let kind = kind_of(difference, planned);
        let starts = matches!(kind, Some(ChangeKind::Added | ChangeKind::Restarted(_)));
        let running = table.running(key.0, &key.1).filter(|_| !starts);
        let running = match running {
            Some(running) => running,
            None => match planned.start(driver) {
                Ok(instance) => {
                    let running = Running::new(planned.backend(), instance, driver);
                    Arc::new(running.under(manual, driver, true).unwrap_or(running))
                }
                Err(invalid) => {
                    problems.push(planned.problem(&invalid));
                    continue;
                }
            },
        };
        components.insert(key.clone(), running);
    }
    if problems.is_empty() { Ok(components) } else { Err(ConfigError::new(problems)) }
}

/// Changes of running components, each of which can be undone.
#[derive(Default)]
#[must_use]
pub(super) struct Changes(Vec<Undo>);

type Undo = Box<dyn FnOnce()>;

impl Changes {
    /// Makes a change, to be undone by `undo`.
    ///
    /// # Errors
    /// If it cannot be made, with what is wrong; then all changes before it are undone.
    pub(super) fn make(
        &mut self,
        change: impl FnOnce() -> Result<(), ConfigError>,
        undo: impl FnOnce() + 'static,
    ) -> Result<(), ConfigError> {
        match change() {
            Ok(()) => {
                self.0.push(Box::new(undo));
                Ok(())
            }
            Err(error) => {
                std::mem::take(self).undo();
                Err(error)
            }
        }
    }

    /// Undoes all changes, the last one first.
    pub(super) fn undo(self) {
        self.0.into_iter().rev().for_each(|undo| undo());
    }

    /// Changes the options of the running components that `plan` has other options for.
    ///
    /// # Errors
    /// If a backend does not accept options that it accepted when it read them; then none is changed.
    pub(super) fn reconfigure(
        &mut self,
        (old, new): (&Plan, &Plan),
        difference: &PlanDiff,
        components: &Components,
    ) -> Result<(), ConfigError> {
        for (key, planned) in &new.components {
            let Some(ChangeKind::Changed) = kind_of(difference, planned) else { continue };
            let (Some(before), Some(running)) = (old.components.get(key), components.get(key))
            else {
                continue;
            };
            let (back, to, still) = (before.clone(), planned.clone(), Arc::clone(running));
            self.make(
                || {
                    let changed = before.reconfigure(&running.instance, planned);
                    changed.map_err(|invalid| ConfigError::new(vec![planned.problem(&invalid)]))
                },
                // The options that it had were valid.
                move || _ = to.reconfigure(&still.instance, &back),
            )?;
        }
        Ok(())
    }
}

fn kind_of(difference: &PlanDiff, planned: &PlannedComponent) -> Option<ChangeKind> {
    let is_it = |change: &&PlannedChange| {
        (change.component(), change.name()) == (planned.component(), planned.name())
    };
    difference.changes().iter().find(is_it).map(PlannedChange::kind)
}
