use seawall_core::{Change, KeyHash};

use crate::State;
use crate::sync::{AtomicU64, Ordering};

/// A change of state that has not been numbered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    from: &'static str,
    to: &'static str,
    cause: &'static str,
}

impl Transition {
    pub(crate) const fn new(from: State, to: State, cause: &'static str) -> Self {
        Self { from: from.as_str(), to: to.as_str(), cause }
    }

    /// What an observing circuit reports in place of opening.
    pub(crate) const fn would_open(cause: &'static str) -> Self {
        Self { from: State::Observing.as_str(), to: "would_open", cause }
    }
}

/// The numbers of a breaker's changes, without gaps.
#[derive(Debug)]
pub(crate) struct ChangeNumbers(AtomicU64);

impl ChangeNumbers {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Numbers a transition of the circuit of `key`, or of one without a key. Called under the lock of the
    /// circuit, so that its numbers are in the order of its transitions.
    pub(crate) fn number(&self, transition: Transition, key: Option<KeyHash>) -> Change {
        let Transition { from, to, cause } = transition;
        let sequence = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let change = Change::new(from, to, cause).with_sequence(sequence);
        key.map_or(change, |key| change.with_key_hash(key))
    }
}
