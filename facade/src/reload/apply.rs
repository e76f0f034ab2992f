use std::sync::{Arc, MutexGuard};

use seawall_core::{Component, Detail, Topic};

use super::step::Changes;
use super::version::summary;
use super::{Applied, Engine, Origin, Version, reliance, step};
use crate::config::{ConfigError, Content, Diagnostic, Problem};
use crate::live::{Live, Parts, Running, Table};
use crate::plan::{ChangeKind, Plan, PlanDiff};
use crate::protection::Snapshot;
use crate::swap::Slot;
use crate::{ConfigSource, UnknownName};

/// Starts what the settings describe.
///
/// # Errors
/// If anything is wrong with them, with all problems.
pub(crate) fn start(live: &Live) -> Result<(), ConfigError> {
    let (mut engine, content) = live.gather();
    engine.check()?;
    let plan = engine.read(&content)?;
    let applied = apply(live, &mut engine, plan, Origin::Start)?;
    engine.accept(content);
    drop(engine);
    announce(live, &applied);
    Ok(())
}

impl Live {
    /// Applies what the sources have now.
    pub(crate) fn reload(&self) -> Result<Applied, ConfigError> {
        let (engine, content) = self.gather();
        self.apply_content(engine, content)
    }

    /// Applies or refuses what the sources have.
    pub(super) fn apply_content(
        &self,
        mut engine: MutexGuard<'_, Engine>,
        content: Content,
    ) -> Result<Applied, ConfigError> {
        let plan = engine.read(&content);
        match plan.and_then(|plan| apply(self, &mut engine, plan, Origin::Reload)) {
            Ok(applied) => {
                let was_stale = engine.accept(content);
                drop(engine);
                if applied.is_new() || was_stale {
                    announce(self, &applied);
                }
                Ok(applied)
            }
            Err(error) => {
                let is_new = engine.reject(content.hash(), self.driver.clock().now(), &error);
                let version = engine.version().number();
                drop(engine);
                if is_new {
                    let detail = || Detail::rejected(version, &error);
                    self.driver.emit(Topic::ConfigRejected, &self.layer, detail);
                }
                Err(error)
            }
        }
    }

    /// Returns what applying `config`, or the own sources, would change.
    pub(crate) fn dry_run(&self, config: Option<&ConfigSource>) -> Result<PlanDiff, ConfigError> {
        let (engine, content) = match config {
            Some(config) => {
                let content = config.gather();
                (self.engine(), content)
            }
            None => self.gather(),
        };
        let difference = PlanDiff::between(&engine.plan(), &engine.read(&content)?);
        check(self, &difference)?;
        Ok(difference)
    }

    /// Returns to an earlier version.
    pub(crate) fn roll_back(&self, number: u64) -> Result<Applied, ConfigError> {
        let mut engine = self.engine();
        let Some(plan) = engine.history.find(number).map(|plan| Plan::clone(plan)) else {
            let kept: Vec<_> = engine.history.versions().map(Version::number).collect();
            let kept = kept.first().zip(kept.last());
            let expected =
                kept.map_or_else(String::new, |(a, b)| format!("a number from {a} to {b}"));
            let wrong = Diagnostic::new(format!("version {number} is not kept"));
            let problem = Problem::in_code(&["roll_back"], wrong.expected(expected));
            return Err(ConfigError::new(vec![problem]));
        };
        let applied = apply(self, &mut engine, plan, Origin::RollBack { to: number })?;
        drop(engine);
        if applied.is_new() {
            announce(self, &applied);
        }
        Ok(applied)
    }
}

/// Refuses a change that takes away what code relies on, and any change of what is closed.
fn check(live: &Live, difference: &PlanDiff) -> Result<(), ConfigError> {
    if live.is_closed() {
        let wrong = Diagnostic::new("the infrastructure is closed");
        return Err(ConfigError::new(vec![Problem::about(&[], wrong)]));
    }
    let mut problems = reliance::check(difference, &live.current());
    problems.extend(reliance::check_coalescers(difference, live));
    if problems.is_empty() { Ok(()) } else { Err(ConfigError::new(problems)) }
}

/// Changes what runs to what `plan` describes, all of it or nothing. Components that are the same in
/// both plans are not touched.
///
/// # Errors
/// If something is wrong with the plan, or it takes away what code relies on.
pub(super) fn apply(
    live: &Live,
    engine: &mut Engine,
    plan: Plan,
    origin: Origin,
) -> Result<Applied, ConfigError> {
    let (old, new) = (engine.plan(), Arc::new(plan));
    let difference = PlanDiff::between(&old, &new);
    check(live, &difference)?;
    if difference.is_empty() && origin != Origin::Start {
        // The same in other words, or at other places.
        engine.history.set_plan(new);
        let version = engine.version();
        let previous = version.number();
        return Ok(Applied::new(version, previous));
    }
    let table = live.current();
    let parts = step::start((&old, &new), &difference, &table, live)?;
    let snapshots = compose(live, engine, &new, &parts)?;
    let mut changes = Changes::default();
    changes.reconfigure((&old, &new), &difference, &parts)?;
    #[cfg(feature = "__pool")]
    super::pools::reconfigure((&old, &new), &table, &mut changes)?;
    let next = Next { plan: &new, parts, snapshots };
    if let Err(problems) = next.put(live, engine, &difference, &table) {
        changes.undo();
        return Err(ConfigError::new(problems));
    }
    live.coalescers.follow(&new);
    let previous = engine.history.current().map_or(0, |(version, _)| version.number());
    let version = Version::new(previous + 1, live.driver.clock().now(), origin, difference);
    engine.history.push(version.clone(), new);
    Ok(Applied::new(version, previous))
}

/// Puts the protections of `plan` together.
pub(super) fn compose(
    live: &Live,
    engine: &mut Engine,
    plan: &Plan,
    parts: &Parts,
) -> Result<Vec<(Box<str>, Snapshot)>, ConfigError> {
    let mut problems = Vec::new();
    let mut snapshots = Vec::new();
    for planned in plan.protections() {
        match engine.snapshots.of(planned, plan, &live.driver, parts) {
            Ok(snapshot) => snapshots.push((planned.name().into(), snapshot)),
            Err(wrong) => {
                problems.push(Problem::new(planned.place().clone(), wrong, ""));
            }
        }
    }
    if problems.is_empty() { Ok(snapshots) } else { Err(ConfigError::new(problems)) }
}

/// What runs next, in place of what a table has.
pub(super) struct Next<'p> {
    #[cfg_attr(not(feature = "__pool"), expect(dead_code, reason = "there are no pools"))]
    pub(super) plan: &'p Plan,
    pub(super) parts: Parts,
    pub(super) snapshots: Vec<(Box<str>, Snapshot)>,
}

impl Next<'_> {
    /// Puts it in place of `before`, in one step.
    ///
    /// # Errors
    /// If that takes away what code relies on by now; then nothing has changed.
    pub(super) fn put(
        self,
        live: &Live,
        engine: &mut Engine,
        difference: &PlanDiff,
        before: &Table,
    ) -> Result<(), Vec<Problem>> {
        live.gate.change(|| {
            let problems = reliance::check(difference, before);
            if !problems.is_empty() {
                return Err(problems);
            }
            live.retired.add(before.not_in(&self.parts));
            let mut table = Table::default();
            for ((component, name), running) in &self.parts.components {
                running.instance.add_work(&live.background);
                if let Some(shadow) = running.shadow() {
                    shadow.instance.add_work(&live.background);
                }
                let slot = component_slot(live, engine, (*component, name), running);
                table.add_component(*component, name.clone(), slot);
            }
            for (name, snapshot) in self.snapshots {
                let slot = protection_slot(live, engine, &name, snapshot);
                table.add_protection(name, slot);
            }
            #[cfg(feature = "__pool")]
            super::pools::add(live, engine, (self.plan, &self.parts), before, &mut table);
            engine.composed.follow(&live.driver, &self.parts);
            table.budgets = self.parts.budgets;
            take_away(difference, before, &table);
            live.table.replace(Arc::new(table));
            Ok(())
        })
    }
}

fn component_slot(
    live: &Live,
    engine: &mut Engine,
    (component, name): (Component, &str),
    running: &Arc<Running>,
) -> Arc<Slot<Arc<Running>>> {
    let slots = &mut engine.slots.components;
    let known = slots.entry((component, name.into())).or_default();
    if let Some(slot) = known.upgrade() {
        if !Arc::ptr_eq(&slot.current().0, running) {
            slot.replace(Arc::clone(running));
        }
        return slot;
    }
    let slot = Arc::new(Slot::new(Arc::clone(running), Arc::clone(&live.gate)));
    *known = Arc::downgrade(&slot);
    slot
}

fn protection_slot(
    live: &Live,
    engine: &mut Engine,
    name: &str,
    snapshot: Snapshot,
) -> Arc<Slot<Snapshot>> {
    let known = engine.slots.protections.entry(name.into()).or_default();
    if let Some(slot) = known.upgrade() {
        if !slot.current().0.is(&snapshot) {
            slot.replace(snapshot);
        }
        return slot;
    }
    let slot = Arc::new(Slot::new(snapshot, Arc::clone(&live.gate)));
    *known = Arc::downgrade(&slot);
    slot
}

/// Has names that are gone refuse calls, where an earlier table leads to them.
fn take_away(difference: &PlanDiff, before: &Table, after: &Table) {
    let removed = difference.changes().iter().filter(|change| change.kind() == ChangeKind::Removed);
    for change in removed {
        let (component, name) = (change.component(), change.name());
        if component == Component::Protection {
            let Some(handle) = before.protection(name) else { continue };
            let (snapshot, _) = handle.slot().current();
            let unknown: UnknownName = after.unknown(component, name);
            handle.slot().replace(snapshot.refusing(unknown.into()));
        } else if let Some(reader) = before.component(component, name) {
            let (running, _) = reader.slot().current();
            reader.slot().replace(Arc::new(running.removed()));
        }
    }
}

/// Puts what has changed under the manual control that is in effect, and tells the observers. No lock may
/// be held.
pub(super) fn announce(live: &Live, applied: &Applied) {
    crate::control::restore(live);
    let version = applied.version();
    for change in version.difference().changes().iter().filter(|_| applied.is_new()) {
        let topic = match change.kind() {
            ChangeKind::Added => Topic::ComponentStarted,
            ChangeKind::Restarted(_) => Topic::ComponentReplaced,
            ChangeKind::Removed => Topic::ComponentRemoved,
            _ => continue,
        };
        if change.component() != Component::Protection {
            live.driver.emit(topic, change.layer(), || Detail::None);
        }
    }
    if applied.is_new() {
        warn(live);
    }
    // Settings that are as they were, after others that were refused, come from the sources.
    let (origin, summary) = match applied.is_new() {
        true => (version.origin(), summary(version.difference())),
        false => (Origin::Reload, "no changes".to_owned()),
    };
    if origin != Origin::Start {
        let detail = || Detail::reloaded(version.number(), origin.as_str(), &summary);
        live.driver.emit(Topic::ConfigReloaded, &live.layer, detail);
    }
}

/// Tells the observers of settings that probably do harm, once.
fn warn(live: &Live) {
    let new = live.engine().new_warnings();
    for warning in new {
        let text = warning.to_string();
        live.driver.emit(Topic::ConfigWarning, &live.layer, || Detail::Warning(&text));
    }
}
