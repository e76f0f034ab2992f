use std::cmp::Reverse;
use std::sync::Weak;

use seawall_core::{Layer, Status, Tick};

use super::judge::judge;
use super::{ComponentHealth, Health, HealthState};
use crate::WorkState;
use crate::live::Live;

impl Live {
    /// Returns whether the service can do its work.
    pub(crate) fn health(&self) -> Health {
        let now = self.driver.clock().now();
        let calls = self.calls.as_ref().map_or_else(Vec::new, |calls| calls.read(now));
        Health { calls, ..self.look(now) }
    }

    /// Returns the same without the calls, whose percentiles take a while to compute.
    fn look(&self, now: Tick) -> Health {
        let (required, is_stale) = {
            let engine = self.engine();
            (engine.plan().required(), engine.is_stale())
        };
        let components = self.component_healths(&required, now);
        let work = self.background.statuses(now);
        let mut found = Found { state: HealthState::Ready, reasons: Vec::new() };
        if self.is_closed() {
            found.add(HealthState::Stopping, "it is being shut down".to_owned());
        }
        for component in components.iter().filter(|one| one.state != HealthState::Ready) {
            let ComponentHealth { layer, state, reason, is_required, .. } = component;
            let reason = reason.as_deref().unwrap_or(state.as_str());
            let state = if *is_required { *state } else { HealthState::Degraded };
            found.add(state, format!("{layer}: {reason}"));
        }
        for work in work.iter().filter(|work| work.state == WorkState::Failed) {
            let cause = work.cause.as_deref().unwrap_or("it failed");
            found.add(HealthState::Degraded, format!("background work `{}`: {cause}", work.name));
        }
        if is_stale {
            let reason = "settings: newer ones were refused, and those in effect go on";
            found.add(HealthState::Degraded, reason.to_owned());
        }
        let Found { state, reasons } = found;
        self.known.keep(components.iter().map(|one| &one.layer).chain([&self.layer]));
        let since = now.since(self.known.since(&self.layer, state, now));
        let (calls, host) = (Vec::new(), self.host.last());
        Health { state, since, reasons, components, work, calls, host }
    }

    /// Returns the error that keeps a component from working, if it is known.
    fn cause(&self, layer: &Layer) -> Option<String> {
        #[cfg(feature = "__store")]
        if let Some(cause) = self.current().store_cause(layer) {
            return Some(cause);
        }
        self.known.cause(layer)
    }

    fn component_healths(&self, required: &[Layer], now: Tick) -> Vec<ComponentHealth> {
        let health = |status: Status| {
            let layer = status.layer.clone();
            let (state, reason) = judge(&status, self.cause(&layer).as_deref());
            let since = now.since(self.known.since(&layer, state, now));
            let is_required = required.contains(&layer);
            ComponentHealth { layer, state, since, reason, is_required, status }
        };
        let mut all: Vec<_> = self.statuses().into_iter().map(health).collect();
        all.sort_by_key(|one| {
            Reverse((one.is_required && one.state != HealthState::Ready, one.state))
        });
        all
    }
}

struct Found {
    state: HealthState,
    reasons: Vec<String>,
}

impl Found {
    fn add(&mut self, state: HealthState, reason: String) {
        self.state = self.state.max(state);
        self.reasons.push(reason);
    }
}

/// Looks at everything each second, so that it is known since when it is as it is.
pub(crate) async fn run(live: Weak<Live>) {
    loop {
        let Some(live) = live.upgrade() else { return };
        let (clock, host) = (live.driver.clock().clone(), live.host.clone());
        let _looked = live.look(clock.now());
        let _counted = live.retired.in_flight(clock.now());
        drop(live);
        host.sample(&clock).await;
    }
}
