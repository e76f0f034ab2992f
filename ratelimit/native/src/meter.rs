use std::fmt::Debug;
use std::time::Duration;

use seawall_core::{KeyStatus, Tick};

use crate::bucket::Bucket;
use crate::sliding::Sliding;

/// What an algorithm makes of a rule: arithmetic on the state of one count, told the time. It keeps
/// nothing itself.
pub(crate) trait Meter: Clone + PartialEq + Debug + Send + Sync {
    /// What is kept for each key.
    type State: Copy + Debug + Send;

    /// The state of who has spent nothing.
    const FULL: Self::State;

    /// Takes `cost` tokens: the state after that, and from when on they may be used, which is `until`
    /// at the latest.
    ///
    /// # Errors
    /// If that would be too late.
    fn take(
        &self,
        state: Self::State,
        now: Tick,
        cost: u32,
        until: Tick,
    ) -> Result<(Self::State, Tick), Denied>;

    /// Gives back `cost` tokens that were to be used from `ready` on and were not.
    fn give_back(&self, state: Self::State, now: Tick, cost: u32, ready: Tick) -> Self::State;

    /// Gives back `cost` tokens, whenever they were taken.
    fn refund(&self, state: Self::State, now: Tick, cost: u32) -> Self::State;

    /// What is left, and when all is back.
    fn left(&self, state: Self::State, now: Tick) -> KeyStatus;

    /// When nothing of what was spent matters any more.
    fn full_at(&self, state: Self::State) -> Tick;

    /// Does nothing of what was spent matter any more?
    fn is_full(&self, state: Self::State, now: Tick) -> bool {
        self.full_at(state) <= now
    }

    /// Returns a number that orders states by when `first` is true of them: it is, from when
    /// [`rank_at`](Self::rank_at) is as high.
    fn rank(&self, first: First, state: Self::State) -> u64 {
        match first {
            First::Idle => self.full_at(state).as_nanos(),
            First::Usable => match self.take(state, Tick::ZERO, 1, Tick::MAX) {
                Ok((_, ready)) => ready.as_nanos(),
                Err(_) => u64::MAX,
            },
        }
    }

    /// Returns the highest rank for which `first` is true at `now`.
    fn rank_at(&self, _first: First, now: Tick) -> u64 {
        now.as_nanos()
    }

    /// Returns when a state with this rank is idle.
    fn idle_at(&self, rank: u64) -> Tick {
        Tick::from_nanos(rank)
    }

    /// How many tokens have been spent and not flowed in again.
    fn spent(&self, state: Self::State, now: Tick) -> Spent;

    /// The state of who has spent so much.
    fn restore(&self, spent: Spent, now: Tick) -> Self::State;

    /// The most tokens there can be at once.
    fn burst(&self) -> u32;

    /// What there is to say, to one who would take `cost` tokens without waiting.
    fn look(&self, state: Self::State, now: Tick, cost: u32) -> KeyStatus {
        let left = self.left(state, now);
        let more = u32::try_from(left.remaining + 1).unwrap_or(u32::MAX);
        let left = match self.take(state, now, more, now) {
            Err(Denied::Until(at)) => left.with_more_after(at.since(now)),
            _ => left.with_more_after(Duration::ZERO),
        };
        match self.take(state, now, cost, now) {
            Ok(_) => left,
            Err(Denied::Until(at)) => left.denied(Some(at.since(now))),
            Err(Denied::Never) => left.denied(None),
        }
    }

    /// Is there no token left?
    fn is_used_up(&self, state: Self::State, now: Tick) -> bool {
        self.left(state, now).remaining == 0
    }
}

/// Which key of several is forgotten first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// The key that is idle first: nothing that it spent matters then.
    Idle,
    /// The key that has a token first which no waiting call is to get. Until then, its calls are refused.
    Usable,
}

/// Why nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// Too late; asked at this time, without waiting, the answer would be a yes.
    Until(Tick),
    /// There can never be as many.
    Never,
}

/// What was spent, in a currency that all rules know: tokens times 2⁶⁴.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Of what there can be at once.
    pub(crate) level: u128,
    /// Beyond that, by those who wait for their turn.
    pub(crate) debt: u128,
}

impl Spent {
    pub(crate) const TOKEN: u128 = 1 << 64;

    /// All of it, where there can be no more than `burst` tokens at once: who had spent more has
    /// nothing left now, but owes nothing either.
    pub(crate) fn under(self, burst: u32) -> u128 {
        self.level.min(u128::from(burst) * Self::TOKEN).saturating_add(self.debt)
    }
}

/// The meter of any algorithm.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AnyMeter {
    Bucket(Bucket),
    Sliding(Sliding),
}

impl AnyMeter {
    pub(crate) fn bucket(&self) -> Option<Bucket> {
        match self {
            Self::Bucket(meter) => Some(meter.clone()),
            Self::Sliding(_) => None,
        }
    }

    pub(crate) fn sliding(&self) -> Option<Sliding> {
        match self {
            Self::Sliding(meter) => Some(meter.clone()),
            Self::Bucket(_) => None,
        }
    }
}
