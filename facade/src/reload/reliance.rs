use seawall_core::Component;

use crate::build::table_name;
use crate::config::{Diagnostic, Problem};
use crate::live::{Live, Table};
use crate::plan::{ChangeKind, PlanDiff, PlannedChange};

/// Returns a problem for each name that code relies on and that a change would take away: a name that
/// it has asked for, or a component that it holds a handle to.
pub(super) fn check(difference: &PlanDiff, table: &Table) -> Vec<Problem> {
    difference.changes().iter().filter_map(|change| check_one(change, table)).collect()
}

/// Returns a problem for each coalescer that code has and that a change would take away.
pub(super) fn check_coalescers(difference: &PlanDiff, live: &Live) -> Vec<Problem> {
    let is_used = |change: &&PlannedChange| {
        change.component() == Component::Coalescer && live.coalescers.has(change.name())
    };
    let lost = difference.changes().iter().filter(is_used).filter(|change| change.loses_state());
    let problem = |change: &PlannedChange| {
        let wrong = Diagnostic::new("it is gone, and the code uses it");
        let wrong = wrong.expected("it to stay for as long as the program runs");
        Problem::about(&[change.name()], wrong)
    };
    lost.map(problem).collect()
}

fn check_one(change: &PlannedChange, table: &Table) -> Option<Problem> {
    let (component, name) = (change.component(), change.name());
    let (found, expected) = match change.kind() {
        ChangeKind::Removed if is_asked(table, component, name) => {
            ("it is gone, and the code uses it", "it to stay for as long as the program runs")
        }
        ChangeKind::Restarted(_) if component == Component::ConnectionPool => {
            ("a pool cannot be replaced while the program runs", "the backend that it has")
        }
        ChangeKind::Restarted(_) if is_held(table, component, name) => (
            "it would be started anew, and the code has a handle to it",
            "such a change with a restart of the program",
        ),
        _ => return None,
    };
    let found = match change.kind() {
        ChangeKind::Restarted(reason) => format!("{found}: {reason}"),
        _ => found.to_owned(),
    };
    let wrong = Diagnostic::new(found).expected(expected);
    Some(Problem::about(&[table_name(component), name], wrong))
}

fn is_asked(table: &Table, component: Component, name: &str) -> bool {
    match component {
        Component::Protection => {
            table.protections().get(name).is_some_and(|handle| handle.slot().is_asked())
        }
        Component::ConnectionPool => true,
        _ => table.component(component, name).is_some_and(|reader| reader.slot().is_asked()),
    }
}

fn is_held(table: &Table, component: Component, name: &str) -> bool {
    table.component(component, name).is_some_and(|reader| reader.slot().is_held())
}
