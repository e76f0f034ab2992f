use seawall_core::{Detail, Event, Layer, Topic};

use crate::attribute::{Attribute, CAUSE, EVENT, STATE, STATE_FROM, fixed};

/// A rare event, as it is counted.
#[derive(Hash)]
pub(crate) struct Rare<'e> {
    layer: &'e Layer,
    protection: Option<&'e Layer>,
    namespace: Option<&'e str>,
    what: What,
}

/// A rare event that a counter is kept for.
pub(crate) struct Kept {
    layer: Layer,
    protection: Option<Layer>,
    namespace: Option<Box<str>>,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct What {
    name: &'static str,
    states: Option<[&'static str; 2]>,
    cause: Option<&'static str>,
}

impl<'e> Rare<'e> {
    pub(crate) fn new(event: &Event<'e>) -> Self {
        let Event { layer, protection, namespace, .. } = *event;
        let mut what = What { name: name(event), states: None, cause: None };
        match &event.detail {
            Detail::Changed(change) => {
                what.states = Some([change.from, change.to]);
                what.cause = Some(change.cause);
            }
            Detail::Retry { verdict, .. } => what.cause = Some(verdict.as_str()),
            Detail::Fallback { replaced, .. } => what.cause = Some(replaced),
            Detail::NotRetried(reason) => what.cause = Some(reason.as_str()),
            Detail::Controlled { action, .. } => what.cause = Some(action.as_str()),
            _ => {}
        }
        Self { layer, protection, namespace, what }
    }

    pub(crate) fn attributes(&self) -> impl Iterator<Item = Attribute> + use<> {
        let What { name, states, cause } = self.what;
        let states = states.map(|[from, to]| [fixed(STATE_FROM, from), fixed(STATE, to)]);
        let cause = cause.map(|cause| fixed(CAUSE, cause));
        [fixed(EVENT, name)].into_iter().chain(states.into_iter().flatten()).chain(cause)
    }

    pub(crate) fn keep(&self) -> Kept {
        let namespace = self.namespace.map(Box::from);
        let protection = self.protection.cloned();
        Kept { layer: self.layer.clone(), protection, namespace, what: self.what }
    }
}

impl Kept {
    pub(crate) fn is(&self, rare: &Rare<'_>) -> bool {
        self.what == rare.what
            && self.layer == *rare.layer
            && self.protection.as_ref() == rare.protection
            && self.namespace.as_deref() == rare.namespace
    }
}

/// Returns the name that telemetry has for a rare event: that of its topic, but changes of state are
/// named after the new state.
pub fn name(event: &Event<'_>) -> &'static str {
    match &event.detail {
        Detail::Changed(change) => match change.to {
            "open" => "circuit_opened",
            "half_open" => "circuit_half_opened",
            "closed" => "circuit_closed",
            "recovering" => "circuit_recovering",
            "forced_open" => "circuit_forced_open",
            "disabled" => "circuit_disabled",
            "observing" => "circuit_observing",
            _ => "state_change",
        },
        Detail::Fallback { succeeded: false, .. } => "fallback_failed",
        _ => Topic::name(event.topic),
    }
}
