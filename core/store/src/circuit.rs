//! A view of one service that instances share: whether it fails for enough of them that all should stop
//! calling it, and which of them probes it.
//!
//! The view is advice. It opens only if enough calls of enough instances fail, so one instance with a fault
//! of its own stops no other; while it is open, one instance at a time has the lease to probe.

use crate::Script;

mod exchange;
mod model;
mod view;

pub use self::exchange::{Exchange, Probe, Terms};
pub use self::view::{Answer, ClusterView, Phase, Prober};

/// Takes what an instance has counted, decides whether the circuit of all instances is open, and gives out
/// the lease of its probe.
pub static CIRCUIT: Script =
    Script { name: "circuit", lua: include_str!("circuit/circuit.lua"), model: model::apply };
