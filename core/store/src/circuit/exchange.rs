use std::time::Duration;

use super::model;

/// When the circuit of all instances opens, and for how long it is left alone: the same in all instances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// The fewest calls of all instances together on which it opens.
    pub least_calls: u32,
    /// The fraction of these that fail, from 0 to 1.
    pub failure_rate: f64,
    /// The fewest instances for which that fraction of their own calls fails, or whose own circuit is open.
    pub least_nodes: u32,
    /// The fraction of the active instances that these must be: those with calls, or with an open circuit.
    pub node_share: f64,
    /// How long an instance may probe without renewing its lease.
    pub lease: Duration,
    /// The silence after which an instance counts no longer.
    pub life: Duration,
}

/// What an instance tells the script [`CIRCUIT`](super::CIRCUIT), several times in the time over which it
/// counts.
///
/// Counts are those of the last seconds, not the difference to the last request: one that is lost, repeated
/// or late counts nothing twice and leaves nothing out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exchange {
    /// The terms.
    pub terms: Terms,
    /// If this request opens the circuit or reports a probe that failed: the time until the next probe.
    pub wait: Duration,
    /// The instance, from 1 to below 2^53.
    pub node: u64,
    /// The number of the request, larger than that of each before. One that arrives late does nothing.
    pub number: u64,
    /// The [period](super::ClusterView::period) in which the calls were counted. Calls of another period do
    /// not count.
    pub period: u64,
    /// The instance's calls that succeeded lately.
    pub succeeded: u64,
    /// The instance's calls that failed lately.
    pub failed: u64,
    /// True if the instance's own rules have opened its circuit.
    pub is_open: bool,
    /// What it says about the probe.
    pub probe: Probe,
    /// The store's time in microseconds after which the request does nothing; zero for none.
    pub deadline: u64,
}

/// What an instance says about the probe. A number is the [fence](super::ClusterView::fence) of its lease;
/// what is said with that of another lease than the last is ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Probe {
    /// Nothing: it has no lease and wants none.
    #[default]
    None,
    /// It has calls to probe with, and wants the lease.
    Wanted,
    /// It probes, and renews its lease.
    Running(u64),
    /// Its probe succeeded: closes the circuit of all.
    Succeeded(u64),
    /// Its probe failed: the circuit stays open for the time to wait.
    Failed(u64),
    /// It does not probe any more: another instance may.
    GivenUp(u64),
}

impl Exchange {
    /// Returns the arguments of the script.
    #[must_use]
    pub fn arguments(&self) -> [f64; 16] {
        let Terms { least_calls, failure_rate, least_nodes, node_share, lease, life } = self.terms;
        let micros = |time: Duration| time.as_micros() as f64;
        let (fence, probe) = match self.probe {
            Probe::None => (0, 0.0),
            Probe::Wanted => (0, model::KEEPS),
            Probe::Running(fence) => (fence, model::KEEPS),
            Probe::Succeeded(fence) => (fence, model::SUCCEEDED),
            Probe::Failed(fence) => (fence, model::FAILED),
            Probe::GivenUp(fence) => (fence, model::GIVEN_UP),
        };
        [
            least_calls.into(),
            failure_rate,
            least_nodes.into(),
            node_share,
            micros(lease),
            micros(self.wait),
            micros(life),
            self.node as f64,
            self.number as f64,
            self.period as f64,
            self.succeeded as f64,
            self.failed as f64,
            u8::from(self.is_open).into(),
            fence as f64,
            probe,
            self.deadline as f64,
        ]
    }
}
