use std::time::Duration;

use super::{Exchange, model};
use crate::number::count;

/// The answer to an [`Exchange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What instances share.
    View(ClusterView),
    /// Nothing, since the request came too late and was ignored.
    TooLate {
        /// The store's time in microseconds.
        now: u64,
    },
}

/// What instances share about a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClusterView {
    /// Whether the circuit of all instances is open.
    pub phase: Phase,
    /// Identifies the time since the phase began: larger than that of each phase before.
    pub period: u64,
    /// The fence of this instance's lease, if it is to probe: larger than that of each lease before.
    pub fence: Option<u64>,
    /// The instance that probes.
    pub prober: Prober,
    /// The number of probes that failed since the circuit opened.
    pub failed_probes: u32,
    /// The time until an instance may probe; zero if one may now.
    pub probe_in: Duration,
    /// The calls of all instances that succeeded lately, in this phase.
    pub succeeded: u64,
    /// The calls of all instances that failed lately, in this phase.
    pub failed: u64,
    /// The instances that had calls lately, or whose own circuit is open.
    pub active_nodes: u32,
    /// Those of them for which the service fails.
    pub failing_nodes: u32,
    /// The store's time in microseconds.
    pub now: u64,
}

seawall_core::__named! {
    /// The state of the circuit of all instances.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Phase {
        /// It was not open yet, as far as the store knows.
        New = "new",
        /// It is open.
        Open = "open",
        /// It was closed by a probe that succeeded.
        Closed = "closed",
    }
}

seawall_core::__named! {
    /// The instance that probes while the circuit of all instances is open.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Prober {
        /// None, or one whose lease is over.
        None = "none",
        /// This one.
        This = "this",
        /// Another one.
        Other = "other",
    }
}

impl Answer {
    /// Reads the script's reply to `exchange`; `None` if it cannot be one, or is a reply to another request.
    #[must_use]
    pub fn read(reply: &[f64], exchange: &Exchange) -> Option<Self> {
        let &[
            status,
            number,
            now,
            phase,
            period,
            fence,
            failed_probes,
            probe_in,
            succeeded,
            failed,
            active,
            failing,
            prober,
        ] = reply
        else {
            return None;
        };
        let small = |n| count(n).and_then(|n| u32::try_from(n).ok());
        let now = count(now)?;
        if number != exchange.number as f64 {
            return None;
        }
        if status == model::LATE || status == model::REPEATED {
            return Some(Self::TooLate { now });
        }
        let phase = match phase {
            model::NEW => Phase::New,
            model::OPEN => Phase::Open,
            model::CLOSED => Phase::Closed,
            _ => return None,
        };
        let prober = match prober {
            0.0 => Prober::None,
            1.0 => Prober::This,
            2.0 => Prober::Other,
            _ => return None,
        };
        let view = ClusterView {
            phase,
            period: count(period)?,
            fence: Some(count(fence)?).filter(|fence| *fence > 0),
            prober,
            failed_probes: small(failed_probes)?,
            probe_in: Duration::from_micros(count(probe_in)?),
            succeeded: count(succeeded)?,
            failed: count(failed)?,
            active_nodes: small(active)?,
            failing_nodes: small(failing)?,
            now,
        };
        let is_sound = status == model::DONE && view.fence.is_some() == (prober == Prober::This);
        is_sound.then_some(Self::View(view))
    }
}
