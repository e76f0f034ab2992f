use std::sync::Arc;

use seawall_core::{Component, InvalidOption};

use crate::build::Instance;
use crate::config::ConfigError;
use crate::live::{Live, Parts, Running, RunningBudget, RunningShadow, Table};
use crate::plan::{ChangeKind, Plan, PlanDiff, PlannedChange, PlannedComponent};

/// Starts the components and budgets that are new in `plan`; the others are those of `table`.
///
/// # Errors
/// If one does not start with options that its backend accepted when it read them.
pub(super) fn start(
    (old, plan): (&Plan, &Plan),
    difference: &PlanDiff,
    table: &Table,
    live: &Live,
) -> Result<Parts, ConfigError> {
    let mut problems = Vec::new();
    let mut parts = Parts::default();
    for (key, planned) in &plan.components {
        let running = table.running(key.0, &key.1);
        let running = running.filter(|_| !starts(difference, key.0, &key.1));
        let before = old.components.get(key);
        let has_shadow = before.is_some_and(|before| before.keeps_shadow(planned));
        match running {
            Some(running) if has_shadow && running.can_be(planned.common.mode) => {
                parts.components.insert(key.clone(), running);
            }
            running => match remake(planned, running.as_deref(), has_shadow, live) {
                Ok(running) => _ = parts.components.insert(key.clone(), Arc::new(running)),
                Err(invalid) => problems.push(planned.problem(&invalid)),
            },
        }
    }
    for (name, planned) in &plan.budgets {
        let running = table.budgets.get(name).cloned();
        let running = running.filter(|_| !starts(difference, Component::Budget, name));
        match running.map_or_else(|| RunningBudget::start(&planned.options), Ok) {
            Ok(running) => _ = parts.budgets.insert(name.clone(), running),
            Err(invalid) => problems.push(planned.problem(&invalid)),
        }
    }
    if problems.is_empty() { Ok(parts) } else { Err(ConfigError::new(problems)) }
}

/// Returns a component as `planned` describes it, under the manual control that is in effect. It is the one
/// that is `running`, in another mode or with another shadow, if there is one, and started otherwise.
fn remake(
    planned: &PlannedComponent,
    running: Option<&Running>,
    has_shadow: bool,
    live: &Live,
) -> Result<Running, InvalidOption> {
    let (driver, mode) = (&live.driver, planned.common.mode);
    let shadow = match running.filter(|_| has_shadow) {
        Some(running) => running.shadow().cloned(),
        None => planned.start_shadow(driver)?.map(RunningShadow::from),
    };
    let made = match running {
        Some(running) => running.remade(mode, shadow, driver),
        None => Running::new(planned.backend(), planned.start(driver)?, mode, shadow, driver),
    };
    Ok(made.under(&live.manual, driver, running.is_none()).unwrap_or(made))
}

/// Changes of running components, each of which can be undone.
#[derive(Default)]
#[must_use]
pub(super) struct Changes(Vec<Undo>);

type Undo = Box<dyn FnOnce()>;

/// Changes what runs from one plan to another.
type Reconfigure = fn(&PlannedComponent, &Instance, &PlannedComponent) -> Result<(), InvalidOption>;

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

    /// Changes the options of the running components and budgets that `plan` has other options for.
    ///
    /// # Errors
    /// If a backend does not accept options that it accepted when it read them; then none is changed.
    pub(super) fn reconfigure(
        &mut self,
        (old, new): (&Plan, &Plan),
        difference: &PlanDiff,
        parts: &Parts,
    ) -> Result<(), ConfigError> {
        for (key, planned) in &new.components {
            let kind = kind_of(difference, key.0, &key.1);
            let Some(ChangeKind::Changed) = kind else { continue };
            let (Some(before), Some(running)) =
                (old.components.get(key), parts.components.get(key))
            else {
                continue;
            };
            if let Some(dry_run) = running.dry_run() {
                let (dry_run, mode) = (Arc::clone(dry_run), dry_run.mode());
                dry_run.set_mode(planned.common.mode);
                self.0.push(Box::new(move || dry_run.set_mode(mode)));
            }
            let component: (_, Reconfigure) = (&running.instance, PlannedComponent::reconfigure);
            let shadow = running.shadow().map(|shadow| {
                let reconfigure: Reconfigure = PlannedComponent::reconfigure_shadow;
                (&shadow.instance, reconfigure)
            });
            for (instance, reconfigure) in [component].into_iter().chain(shadow) {
                let (back, to, still) = (before.clone(), planned.clone(), instance.clone());
                self.make(
                    || {
                        let changed = reconfigure(before, instance, planned);
                        changed.map_err(|invalid| ConfigError::new(vec![planned.problem(&invalid)]))
                    },
                    // The options that it had were valid.
                    move || _ = reconfigure(&to, &still, &back),
                )?;
            }
        }
        for (name, planned) in &new.budgets {
            let kind = kind_of(difference, Component::Budget, name);
            let Some(ChangeKind::Changed) = kind else { continue };
            let Some(running) = parts.budgets.get(name) else { continue };
            let (budget, before) = (running.budget.clone(), running.budget.options());
            self.make(
                || {
                    let changed = running.budget.reconfigure(&planned.options);
                    changed.map_err(|invalid| ConfigError::new(vec![planned.problem(&invalid)]))
                },
                // The options that it had were valid.
                move || _ = budget.reconfigure(&before),
            )?;
        }
        Ok(())
    }
}

/// Returns true if a component is started, whether it is new or not.
fn starts(difference: &PlanDiff, component: Component, name: &str) -> bool {
    let kind = kind_of(difference, component, name);
    matches!(kind, Some(ChangeKind::Added | ChangeKind::Restarted(_)))
}

fn kind_of(difference: &PlanDiff, component: Component, name: &str) -> Option<ChangeKind> {
    let is_it = |change: &&PlannedChange| (change.component(), change.name()) == (component, name);
    difference.changes().iter().find(is_it).map(PlannedChange::kind)
}
