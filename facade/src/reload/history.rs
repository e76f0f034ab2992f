use std::collections::VecDeque;
use std::sync::Arc;

use super::Version;
use crate::plan::Plan;

/// The last versions of the settings, each with its plan, the current one last.
#[derive(Default)]
pub(super) struct History(VecDeque<(Version, Arc<Plan>)>);

impl History {
    /// The maximum number of versions that are kept.
    const MAX: usize = 32;

    pub(super) fn push(&mut self, version: Version, plan: Arc<Plan>) {
        if self.0.len() == Self::MAX {
            self.0.pop_front();
        }
        self.0.push_back((version, plan));
    }

    /// Has the current version describe the same settings in other words.
    pub(super) fn set_plan(&mut self, plan: Arc<Plan>) {
        if let Some((_, current)) = self.0.back_mut() {
            *current = plan;
        }
    }

    pub(super) fn current(&self) -> Option<&(Version, Arc<Plan>)> {
        self.0.back()
    }

    /// Returns the plan before the current one.
    pub(super) fn previous(&self) -> Option<&Arc<Plan>> {
        self.0.iter().rev().nth(1).map(|(_, plan)| plan)
    }

    pub(super) fn find(&self, number: u64) -> Option<&Arc<Plan>> {
        self.0.iter().find(|(version, _)| version.number() == number).map(|(_, plan)| plan)
    }

    pub(super) fn versions(&self) -> impl Iterator<Item = &Version> {
        self.0.iter().map(|(version, _)| version)
    }
}
