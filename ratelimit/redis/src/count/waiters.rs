use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};

use seawall_core::Tick;

use crate::leases::Leases;

/// The calls that wait, in the order of their arrival.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    list: BTreeMap<u64, Waiter>,
    last: u64,
}

#[derive(Debug)]
struct Waiter {
    cost: u32,
    /// Until when it waits for tokens; `None` if only for what the store answers.
    patience: Option<Tick>,
    waker: Option<Waker>,
    outcome: Option<Outcome>,
    /// When the tokens that it took may no longer be used.
    end: Tick,
}

/// What became of a call that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It took tokens of the lease that has this number.
    Taken(u32),
    /// There are none for it before this time.
    Denied(Tick),
    /// The store cannot be asked now.
    Away,
    /// The key is blocked.
    Blocked,
    /// It costs more than there can ever be.
    TooCostly,
}

impl Waiters {
    pub(crate) fn join(&mut self, cost: u32, patience: Option<Tick>) -> u64 {
        self.last += 1;
        let waiter = Waiter { cost, patience, waker: None, outcome: None, end: Tick::MAX };
        self.list.insert(self.last, waiter);
        self.last
    }

    /// Returns the number of the last one that joined.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// Returns the outcome of a waiter, which is gone then. Tokens whose lease has ended since are not its
    /// own any more: it has to try again.
    pub(crate) fn poll(&mut self, id: u64, now: Tick, cx: &Context<'_>) -> Poll<Outcome> {
        let Some(waiter) = self.list.get_mut(&id) else { return Poll::Ready(Outcome::Away) };
        let Some(outcome) = waiter.outcome else {
            waiter.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let is_late = now >= waiter.end;
        self.list.remove(&id);
        Poll::Ready(if is_late { Outcome::Denied(now) } else { outcome })
    }

    /// Removes a waiter. Returns its cost, and the lease that it has tokens of.
    pub(crate) fn leave(&mut self, id: u64) -> Option<(u32, u32)> {
        let waiter = self.list.remove(&id)?;
        match waiter.outcome {
            Some(Outcome::Taken(number)) => Some((waiter.cost, number)),
            _ => None,
        }
    }

    /// Returns true if a call waits that is not decided.
    pub(crate) fn is_waiting(&self) -> bool {
        self.first().is_some()
    }

    /// Returns true if a call waits for tokens.
    pub(crate) fn has_patient(&self) -> bool {
        self.undecided().any(|waiter| waiter.patience.is_some())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns true if a call has taken tokens of the lease `number` and has not started.
    pub(crate) fn has_taken(&self, number: u32) -> bool {
        self.list.values().any(|waiter| waiter.outcome == Some(Outcome::Taken(number)))
    }

    /// Returns the cost of the first.
    pub(crate) fn first(&self) -> Option<u32> {
        self.undecided().next().map(|waiter| waiter.cost)
    }

    /// Returns the costs of all together.
    pub(crate) fn cost(&self) -> u64 {
        self.undecided().map(|waiter| u64::from(waiter.cost)).sum()
    }

    /// Has those until the waiter `last` take what there is, until one cannot. They may use it until `end` at
    /// least.
    pub(crate) fn serve(&mut self, leases: &mut Leases, last: u64, end: Tick) -> Vec<Waker> {
        let mut wakers = Vec::new();
        let list = self.list.range_mut(..=last).map(|(_, waiter)| waiter);
        for waiter in list.filter(|waiter| waiter.outcome.is_none()) {
            let Some((number, ends)) = leases.take_until(waiter.cost) else { break };
            waiter.outcome = Some(Outcome::Taken(number));
            waiter.end = ends.max(end);
            wakers.extend(waiter.waker.take());
        }
        wakers
    }

    /// Decides about each that waits: `decide` gets its cost and its patience.
    pub(crate) fn decide(
        &mut self,
        mut decide: impl FnMut(u32, Option<Tick>) -> Option<Outcome>,
    ) -> Vec<Waker> {
        let mut wakers = Vec::new();
        for waiter in self.list.values_mut().filter(|waiter| waiter.outcome.is_none()) {
            waiter.outcome = decide(waiter.cost, waiter.patience);
            if waiter.outcome.is_some() {
                wakers.extend(waiter.waker.take());
            }
        }
        wakers
    }

    fn undecided(&self) -> impl Iterator<Item = &Waiter> {
        self.list.values().filter(|waiter| waiter.outcome.is_none())
    }
}
