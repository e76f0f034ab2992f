use seawall::{Component, Status, Tick};
use serde::Serialize;

use super::parts::Common;
use super::seconds_ago;
use crate::event_log::EventLog;
use crate::known::{Known, usage};
use crate::level::Level;

#[derive(Serialize)]
pub(super) struct ComponentView<'d> {
    #[serde(flatten)]
    status: &'d Status,
    pub(super) level: Level,
    #[serde(skip)]
    pub(super) state_level: Level,
    state_seconds: Option<f64>,
    /// The cause of the last change of its state.
    cause: Option<&'static str>,
    used: Option<u64>,
    max: Option<u64>,
    #[serde(flatten)]
    common: Common<'d>,
}

impl<'d> ComponentView<'d> {
    pub(super) fn new(status: &'d Status, known: &'d Known, log: &EventLog, now: Tick) -> Self {
        let change = log.last_change(&status.layer).filter(|(change, _)| change.to == status.state);
        let since_ns = status.reading("since_ns").map(|nanos| nanos as f64 / 1e9);
        let seen = known.series.state.map(|(_, since)| seconds_ago(since, now));
        let (used, max) = usage(status).unzip();
        Self {
            status,
            level: known.series.level,
            state_level: Level::of_status(status),
            state_seconds: since_ns.map(super::rounded).or(seen),
            cause: change.map(|(change, _)| change.cause),
            used,
            max,
            common: Common::new(known, now),
        }
    }

    pub(super) fn is(&self, component: Component, name: &str) -> bool {
        let layer = &self.status.layer;
        layer.component() == component && layer.name().as_str() == name
    }

    pub(super) const fn state(&self) -> &'static str {
        self.status.state
    }

    /// Returns a sentence about why it is not well.
    pub(super) fn reason(&self) -> String {
        let state = self.state().replace('_', " ");
        match self.cause {
            Some(cause) => format!("{} is {state}: {cause}", self.status.layer),
            None => format!("{} is {state}", self.status.layer),
        }
    }

    pub(super) fn order(&self) -> impl Ord + use<> {
        let layer = &self.status.layer;
        (std::cmp::Reverse(self.level), layer.component(), layer.name().clone())
    }
}
