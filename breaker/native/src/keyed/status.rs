use seawall_core::{Layer, Status};

use crate::{BreakerStatus, State, Totals};

/// What there is to say about all circuits of a [`KeyedBreaker`](crate::KeyedBreaker).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyedStatus {
    /// How many keys are kept, each with a circuit of its own.
    pub keys: u64,
    /// The circuit of calls without a key.
    pub unkeyed: BreakerStatus,
    /// The circuit that keys share for which there is no room.
    pub shared: BreakerStatus,
    /// What became of all calls, of keys that were forgotten too.
    pub totals: Totals,
    states: [u64; State::ALL.len()],
}

impl KeyedStatus {
    /// With no key yet.
    pub(crate) fn new(unkeyed: BreakerStatus, shared: BreakerStatus) -> Self {
        let mut totals = unkeyed.totals;
        totals.add(&shared.totals);
        Self { keys: 0, unkeyed, shared, totals, states: [0; State::ALL.len()] }
    }

    /// One key more.
    pub(crate) fn count(&mut self, state: State, totals: &Totals) {
        self.keys += 1;
        self.states[state as usize] += 1;
        self.totals.add(totals);
    }

    /// How many keys have a circuit in `state`.
    #[must_use]
    pub fn keys_in(&self, state: State) -> u64 {
        self.states[state as usize]
    }

    pub(crate) fn into_status(self, layer: &Layer) -> Status {
        let common = [self.unkeyed.state, self.shared.state];
        let refuses =
            |state: &State| !matches!(state, State::Closed | State::Disabled | State::Observing);
        let mut states = State::ALL.into_iter().filter(|state| self.keys_in(*state) > 0);
        let state = match common {
            // Somebody has put all there.
            [one, other] if one == other && one.is_manual() => one.as_str(),
            _ if common.iter().any(refuses) || states.any(|state| refuses(&state)) => "partly_open",
            _ => State::Closed.as_str(),
        };
        let status = Status::new(layer, state).with("keys", self.keys);
        let status = State::ALL
            .into_iter()
            .fold(status, |status, state| status.with(state.as_str(), self.keys_in(state)));
        self.totals.add_to(status)
    }
}
