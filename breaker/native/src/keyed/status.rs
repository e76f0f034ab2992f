use seawall_core::{Layer, Status};

use crate::{BreakerStatus, CallStats, State};

/// The status of all circuits of a [`KeyedBreaker`](crate::KeyedBreaker).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyedStatus {
    /// Number of keys that are kept, each with a circuit of its own.
    pub keys: u64,
    /// Number of keys whose circuits are [due](BreakerStatus::is_due): their next call finds another
    /// state, or becomes a probe.
    pub keys_due: u64,
    /// The circuit of calls without a key.
    pub unkeyed: BreakerStatus,
    /// The circuit that keys without room share.
    pub shared: BreakerStatus,
    /// Numbers of all calls, also of keys that were forgotten.
    pub calls: CallStats,
    states: [u64; State::ALL.len()],
}

impl KeyedStatus {
    /// Creates a status without keys.
    pub(crate) fn new(unkeyed: BreakerStatus, shared: BreakerStatus) -> Self {
        let mut calls = unkeyed.calls;
        calls.add(&shared.calls);
        let states = [0; State::ALL.len()];
        Self { keys: 0, keys_due: 0, unkeyed, shared, calls, states }
    }

    /// Adds a key.
    pub(crate) fn count(&mut self, state: State, is_due: bool, calls: &CallStats) {
        self.keys += 1;
        self.keys_due += u64::from(is_due);
        self.states[state as usize] += 1;
        self.calls.add(calls);
    }

    /// Returns the number of keys with a circuit in `state`.
    #[must_use]
    pub fn keys_in(&self, state: State) -> u64 {
        self.states[state as usize]
    }

    pub(crate) fn into_status(self, layer: &Layer) -> Status {
        let common = [self.unkeyed.state, self.shared.state];
        let refuses =
            |state: &State| !matches!(state, State::Closed | State::Disabled | State::Observing);
        let mut states = State::ALL.iter().copied().filter(|state| self.keys_in(*state) > 0);
        let state = match common {
            // Manual control has put all of them there.
            [one, other] if one == other && one.is_manual() => one.as_str(),
            _ if common.iter().any(refuses) || states.any(|state| refuses(&state)) => "partly_open",
            _ => State::Closed.as_str(),
        };
        let status = Status::new(layer, state).with_gauge("keys", self.keys, "{key}");
        let status = status.with_gauge("keys_due", self.keys_due, "{key}");
        let status = State::ALL.iter().copied().fold(status, |status, state| {
            status.with_gauge(state.as_str(), self.keys_in(state), "{key}")
        });
        self.calls.add_to(status)
    }
}
