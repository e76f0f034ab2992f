use seawall_core::{KeyStatus, Tick};

use crate::meter::{Denied, Meter};

/// What is done to one count, whatever its algorithm: it is given the state, says what came of it,
/// and gives the new state if there is one. It may be asked again, if another thread was first.
pub(crate) trait Act {
    type Outcome;

    /// Returns true if this outcome, after which nothing is kept of a new key, holds only where the key
    /// would have a count of its own.
    fn needs_place(_outcome: &Self::Outcome) -> bool {
        false
    }

    fn on<M: Meter>(&self, meter: &M, state: M::State) -> (Option<M::State>, Self::Outcome);
}

/// Takes tokens for a call.
#[derive(Clone, Copy)]
pub(crate) struct Take {
    pub(crate) now: Tick,
    pub(crate) cost: u32,
    /// To when the call may be put off.
    pub(crate) until: Tick,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The tokens may be used from then on.
    At(Tick),
    /// None were taken. There are `burst` at most, or none at all for a key without room.
    Not { why: Denied, burst: Option<u32> },
}

impl Act for Take {
    type Outcome = Taken;

    fn needs_place(taken: &Taken) -> bool {
        matches!(taken, Taken::Not { why: Denied::Until(_), .. })
    }

    #[inline]
    fn on<M: Meter>(&self, meter: &M, state: M::State) -> (Option<M::State>, Taken) {
        match meter.take(state, self.now, self.cost, self.until) {
            Ok((state, ready)) => (Some(state), Taken::At(ready)),
            Err(why) => (None, Taken::Not { why, burst: Some(meter.burst()) }),
        }
    }
}

/// Gives back what a call took and did not use.
pub(crate) struct GiveBack {
    pub(crate) now: Tick,
    pub(crate) cost: u32,
    pub(crate) ready: Tick,
}

impl Act for GiveBack {
    type Outcome = ();

    fn on<M: Meter>(&self, meter: &M, state: M::State) -> (Option<M::State>, ()) {
        (Some(meter.give_back(state, self.now, self.cost, self.ready)), ())
    }
}

/// Gives back without asking whether it was taken.
pub(crate) struct Refund {
    pub(crate) now: Tick,
    pub(crate) cost: u32,
}

impl Act for Refund {
    type Outcome = ();

    fn needs_place((): &()) -> bool {
        true
    }

    fn on<M: Meter>(&self, meter: &M, state: M::State) -> (Option<M::State>, ()) {
        (Some(meter.refund(state, self.now, self.cost)), ())
    }
}

/// Forgets what was spent.
pub(crate) struct Reset;

impl Act for Reset {
    type Outcome = ();

    fn on<M: Meter>(&self, _meter: &M, _state: M::State) -> (Option<M::State>, ()) {
        (Some(M::FULL), ())
    }
}

/// Takes all that there is.
pub(crate) struct Exhaust {
    pub(crate) now: Tick,
}

impl Act for Exhaust {
    type Outcome = u64;

    fn on<M: Meter>(&self, meter: &M, state: M::State) -> (Option<M::State>, u64) {
        let left = meter.left(state, self.now).remaining;
        let cost = u32::try_from(left).unwrap_or(u32::MAX);
        if cost == 0 {
            return (None, 0);
        }
        // All that is left may be there only to be waited for.
        match meter.take(state, self.now, cost, Tick::MAX) {
            Ok((state, _)) => (Some(state), left),
            Err(_) => (None, 0),
        }
    }
}

/// Takes nothing.
pub(crate) struct Look {
    pub(crate) now: Tick,
    pub(crate) cost: u32,
}

impl Act for Look {
    type Outcome = KeyStatus;

    fn needs_place(_status: &KeyStatus) -> bool {
        true
    }

    fn on<M: Meter>(&self, meter: &M, state: M::State) -> (Option<M::State>, KeyStatus) {
        (None, meter.look(state, self.now, self.cost))
    }
}
