use std::fmt::Debug;
use std::time::Duration;

use seawall_core::{KeyStatus, Tick};

use crate::spent::Spent;

/// What an algorithm makes of a rule: arithmetic on the state of one account at a given time. A state
/// holds what was granted up to now; calls that wait are in the account's
/// [`Queue`](crate::queue::Queue).
pub(crate) trait Meter: Clone + PartialEq + Debug + Send + Sync {
    /// What is kept for each account.
    type State: Copy + Debug + PartialEq + Send;

    /// The state of an unused account.
    const FULL: Self::State;

    /// Stands in place of a state that is in a queue. Counts as used up, and as never full again.
    const QUEUED: Self::State;

    /// Takes `cost` tokens at `now`, and returns the state after that.
    ///
    /// # Errors
    /// If there are too few.
    fn take(&self, state: Self::State, now: Tick, cost: u32) -> Result<Self::State, Denied>;

    /// Takes `cost` tokens whether they are there or not: what is missing is owed.
    fn charge(&self, state: Self::State, now: Tick, cost: u32) -> Self::State;

    /// Gives back `cost` tokens that were taken at `since` and not used.
    fn give_back(&self, state: Self::State, now: Tick, cost: u32, since: Tick) -> Self::State;

    /// Gives back `cost` tokens, as if they were the last that were taken.
    fn refund(&self, state: Self::State, now: Tick, cost: u32) -> Self::State;

    /// Returns what is left, and when all is back.
    fn left(&self, state: Self::State, now: Tick) -> KeyStatus;

    /// Returns the time from which on the account is as good as unused.
    fn full_at(&self, state: Self::State) -> Tick;

    /// Returns true if the account is as good as unused.
    fn is_full(&self, state: Self::State, now: Tick) -> bool {
        self.full_at(state) <= now
    }

    /// Returns a number that orders states by when `first` is true of them: it is, from when
    /// [`rank_at`](Self::rank_at) is as high. `u64::MAX` for one that is queued.
    fn rank(&self, first: First, state: Self::State) -> u64 {
        if state == Self::QUEUED {
            return u64::MAX;
        }
        match first {
            First::Idle => self.full_at(state).as_nanos(),
            First::Usable => match self.take(state, Tick::ZERO, 1) {
                Ok(_) => 0,
                Err(Denied::Until(at)) => at.as_nanos(),
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

    /// Returns how much of what was used has not flowed in again.
    fn spent(&self, state: Self::State, now: Tick) -> Spent;

    /// The state after so much was used, in the unit of [`Spent`].
    fn restore(&self, worth: u128, now: Tick) -> Self::State;

    /// The state of an account that was in `state` under `old`, where it can stay as it is.
    fn adopt(&self, _old: &Self, _: Self::State) -> Option<Self::State> {
        None
    }

    /// The most tokens that can be taken at once; none if the account is blocked.
    fn burst(&self) -> u32;

    /// The most tokens that can be taken at once, if the account is not blocked.
    fn full_burst(&self) -> u32;

    /// Returns true if a waiter with that cost leaves the same state whenever it starts, so that
    /// [`charge`](Self::charge) tells the state after it.
    fn is_additive(&self, _cost: u32) -> bool {
        false
    }

    /// The state after waiters have taken `total` tokens, each of which is additive.
    fn after_waiters(&self, state: Self::State, _total: u64) -> Self::State {
        state
    }

    /// Returns since when a call has its tokens that starts at `start`.
    fn since(&self, start: Tick, _cost: u32) -> Tick {
        start
    }

    /// Returns the state and the start, if a call that no other call waits before, and that may wait
    /// until `until`, is to start later than it could.
    fn late(
        &self,
        _: Self::State,
        _now: Tick,
        _cost: u32,
        _until: Tick,
    ) -> Option<(Self::State, Tick)> {
        None
    }

    /// Returns from when on a call may wait, where the number of waiting tokens is bounded.
    fn room_at(&self, _state: Self::State, _cost: u32) -> Tick {
        Tick::ZERO
    }

    /// Returns when to ask again, for a call that was refused at `now`, that could go at `ready`, and
    /// that waits until `until` at most.
    fn retry_at(&self, _: Self::State, _cost: u32, _now: Tick, ready: Tick, _until: Tick) -> Tick {
        ready
    }

    /// Returns the status for a call that would take `cost` tokens without waiting.
    fn look(&self, state: Self::State, now: Tick, cost: u32) -> KeyStatus {
        let left = self.left(state, now);
        let more = u32::try_from(left.remaining.saturating_add(1)).unwrap_or(u32::MAX);
        let more_after = self.take(state, now, more).err().and_then(|why| why.retry_after(now));
        let left = left.with_more_after(more_after.unwrap_or(Duration::ZERO));
        match self.take(state, now, cost) {
            Ok(_) => left,
            Err(why) => left.denied(why.retry_after(now)),
        }
    }

    /// Returns true if no token is left.
    fn is_used_up(&self, state: Self::State, now: Tick) -> bool {
        self.left(state, now).remaining == 0
    }

    /// Returns the first time from `from` on at which `cost` tokens can be taken, and the state after
    /// that, if no other call takes any.
    ///
    /// # Errors
    /// If that is never.
    fn earliest(
        &self,
        state: Self::State,
        from: Tick,
        cost: u32,
    ) -> Result<(Self::State, Tick), Denied> {
        match self.take(state, from, cost) {
            Ok(state) => Ok((state, from)),
            Err(Denied::Until(at)) if at < Tick::MAX => {
                self.take(state, at, cost).map(|state| (state, at))
            }
            Err(why) => Err(why),
        }
    }
}

/// Which key of several is forgotten first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// The key that is idle first: nothing that it used matters then.
    Idle,
    /// The key that has a token first. Until then, its calls are refused.
    Usable,
}

/// Why nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// There are too few tokens, or no room to wait, until then.
    Until(Tick),
    /// The call would have to wait for longer than it may. It is to come back then.
    TooLate(Tick),
    /// The cost is above the burst.
    CostAboveLimit,
    /// The limit is zero.
    Blocked,
}

impl Denied {
    /// Returns how long a caller has to wait; `None` if waiting does not help.
    #[inline]
    pub(crate) fn retry_after(self, now: Tick) -> Option<Duration> {
        match self {
            Self::Until(at) | Self::TooLate(at) if at > now && at < Tick::MAX => {
                Some(at.since(now))
            }
            _ => None,
        }
    }
}
