use std::task::{Context, Poll};
use std::time::Duration;

use seawall_core::Tick;
use seawall_store::tokens::Rate;

use super::state::State;
use super::{Count, Outcome, Which};
use crate::Away;
use crate::link::{self, Link};

/// The answer to a call that found no tokens in the current lease.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It took tokens of the lease that has this number.
    Taken(u32),
    /// It is admitted without the store. Whether the background work is to be told.
    Passed(bool),
    Refused(Outcome),
    /// It waits, under this number. Whether the background work is to be told.
    Waits(u64, bool),
}

impl Count {
    /// Takes `cost` tokens, or says what comes of the call. With `patience` it may wait for tokens until then,
    /// otherwise only for what the store answers.
    pub(crate) fn ask(&self, cost: u32, now: Tick, patience: Option<Tick>, link: &Link) -> Asked {
        let mut state = self.lock();
        if let Some(refused) = hopeless(&state, cost) {
            return Asked::Refused(refused);
        }
        state.asked_at = now;
        state.add_demand(cost.into());
        if !state.waiters.is_waiting() {
            self.collect(&mut state, now);
            let taken = state.leases.take(cost);
            self.put(&mut state, link);
            if let Some(number) = taken {
                return Asked::Taken(number);
            }
        }
        if link.state() == link::State::Away || now < state.not_before {
            match self.without_store(&mut state, cost, now, link) {
                Err(outcome) if patience.is_none() => return Asked::Refused(outcome),
                Err(_) => {}
                Ok(()) => return Asked::Passed(state.debit > 0 && state.enqueue()),
            }
        } else if let Some(until) = self.denied(cost, now) {
            if patience.is_none_or(|patience| patience < until) {
                return Asked::Refused(Outcome::Denied(until));
            }
        } else if let Some(until) = self.denied_to_all(now)
            && patience.is_none()
            && state.waiters.has_patient()
        {
            // Others wait for tokens before it.
            return Asked::Refused(Outcome::Denied(until));
        }
        let id = state.waiters.join(cost, patience);
        Asked::Waits(id, state.enqueue())
    }

    /// Returns the outcome for the waiter `id`.
    pub(crate) fn poll(&self, id: u64, now: Tick, cx: &Context<'_>) -> Poll<Outcome> {
        self.lock().waiters.poll(id, now, cx)
    }

    /// Ends the wait of a call that takes nothing. Returns true if the background work is to be told.
    pub(crate) fn leave(&self, id: u64, now: Tick, link: &Link) -> bool {
        let mut state = self.lock();
        let left = state.waiters.leave(id);
        if let Some((cost, number)) = left {
            drop(state);
            return self.give_back(number, cost, now, link);
        }
        // Those behind it move up.
        self.collect(&mut state, now);
        let wakes = state.serve(now, link);
        self.put(&mut state, link);
        let tell = state.waiters.is_waiting() && state.enqueue();
        drop(state);
        wakes.wake();
        tell
    }

    /// Decides about a call while the store does not answer. Returns true if the background work is to be
    /// told.
    ///
    /// # Errors
    /// With what becomes of a call that is not admitted.
    pub(crate) fn pass_without_store(
        &self,
        cost: u32,
        now: Tick,
        link: &Link,
    ) -> Result<bool, Outcome> {
        let mut state = self.lock();
        if let Some(refused) = hopeless(&state, cost) {
            return Err(refused);
        }
        self.without_store(&mut state, cost, now, link)?;
        Ok(state.debit > 0 && state.enqueue())
    }

    fn without_store(
        &self,
        state: &mut State,
        cost: u32,
        now: Tick,
        link: &Link,
    ) -> Result<(), Outcome> {
        match (state.terms.away, state.terms.rate) {
            (Away::Allow, _) => Ok(()),
            (Away::LocalShare, Some(rate)) if cost == 1 => self.share(state, &rate, now, link),
            _ => Err(Outcome::Away),
        }
    }

    /// Takes one token of the instance's share.
    fn share(&self, state: &mut State, rate: &Rate, now: Tick, link: &Link) -> Result<(), Outcome> {
        if self.which == Which::Unkeyed {
            let taken = link.take_share(rate, now);
            return taken.map_err(|next| next.map_or(Outcome::Away, Outcome::Denied));
        }
        if now < state.share_at {
            return Err(Outcome::Denied(state.share_at));
        }
        let interval = link::interval(rate.per_second() / f64::from(state.terms.instances));
        state.share_at = now + interval;
        state.debit += 1;
        Ok(())
    }
}

/// Returns why a call of `cost` can never be admitted.
fn hopeless(state: &State, cost: u32) -> Option<Outcome> {
    if state.terms.rate.is_none() {
        return Some(Outcome::Blocked);
    }
    (cost > state.terms.burst()).then_some(Outcome::TooCostly)
}

/// The part of a life for which the store's denial holds at least, so that few requests are made in vain.
pub(super) const DENIED_FOR: f64 = 0.4;

/// Returns a part of a time.
pub(super) fn part(time: Duration, part: f64) -> Duration {
    time.mul_f64(part)
}
