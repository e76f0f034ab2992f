use std::time::Duration;

use seawall_breaker::BreakerStatus;
use seawall_core::Status;
use seawall_store::circuit::{ClusterView, Phase, Prober};

/// The status of a breaker: its own circuit, and what it knows of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedStatus {
    /// The circuit of this instance, by which its calls are admitted or refused.
    pub circuit: BreakerStatus,
    /// The contact with the store.
    pub contact: Contact,
    /// The view that instances share, as of the last exchange; `None` if the store is not in contact.
    pub view: Option<ClusterView>,
}

seawall_core::__named! {
    /// Whether the background work runs, and the store answers.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Contact {
        /// The background work does not run.
        #[default]
        Stopped = "stopped",
        /// It has not had an answer yet.
        Connecting = "connecting",
        /// The store answers.
        Connected = "connected",
        /// The store does not answer: the circuit is this instance's alone.
        Away = "away",
    }
}

/// Adds the contact, which is as it is for the time `since`, to the status of a circuit.
pub(crate) fn with_contact(status: Status, contact: Contact, since: Duration) -> Status {
    let status = status
        .with_gauge("exchanging", u64::from(contact != Contact::Stopped), "")
        .with_gauge("connected", u64::from(contact == Contact::Connected), "");
    match contact {
        Contact::Away => {
            let away = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
            status.with_gauge("away_for", away, "ms")
        }
        _ => status,
    }
}

/// Adds what an instance knows of the others to the status of its circuit.
pub(crate) fn with_view(status: Status, view: Option<ClusterView>) -> Status {
    let Some(view) = view else { return status };
    let is_open = view.phase == Phase::Open;
    status
        .with_gauge("shared_open", is_open.into(), "{circuit}")
        .with_gauge("shared_calls", view.succeeded + view.failed, "{call}")
        .with_gauge("shared_failures", view.failed, "{call}")
        .with_gauge("active_nodes", view.active_nodes.into(), "{instance}")
        .with_gauge("failing_nodes", view.failing_nodes.into(), "{instance}")
        .with_gauge("failed_probes", view.failed_probes.into(), "{call}")
        .with_gauge("probes_here", (view.prober == Prober::This).into(), "{circuit}")
        .with_gauge("probes_elsewhere", (view.prober == Prober::Other).into(), "{circuit}")
}
