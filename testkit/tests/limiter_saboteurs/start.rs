//! When calls may go, and the waits in their answers.

use std::time::Duration;

use seawall_core::{Call, Tick};

use super::accounts::Name;
use super::{Flaw, Flawed, Inner, YEAR};

impl Flawed {
    /// Returns when a call may go; `None` if never.
    pub(super) fn start(&self, inner: &Inner, name: Name, now: Tick, cost: u32) -> Option<Tick> {
        if cost > self.rate().burst {
            return None;
        }
        let Some(account) = inner.accounts.get(name) else {
            let room = inner.accounts.room_at(name, &self.rate(), now);
            let put_off = self.has(Flaw::NewcomersMayNotTakeAll) && self.takes_all(cost);
            return Some(room + Duration::from_nanos(put_off.into()));
        };
        if self.has(Flaw::OtherThreadsLeaveOne) && self.is_abroad() {
            return Some(account.start(&self.rate(), now, (cost + 1).min(self.rate().burst)));
        }
        Some(account.start(&self.rate(), now, cost))
    }

    /// Returns true if this is the whole burst, and that is less than the limit.
    fn takes_all(&self, cost: u32) -> bool {
        cost > 1 && cost == self.rate().burst && cost < self.setup.limit
    }

    /// Returns the wait in the answer to a call.
    pub(super) fn wait(&self, start: Tick, now: Tick, cost: u32) -> Duration {
        let wait = start.since(now);
        match self.flaw {
            Some(Flaw::SaysTooLongATimeForTwo) if cost == 2 => wait + Duration::from_nanos(1),
            Some(Flaw::SaysTooShortATimeForTwo) if cost == 2 => wait - Duration::from_nanos(1),
            Some(Flaw::NoWaitIsLongerThanAYear) => wait.min(YEAR),
            _ => wait,
        }
    }

    /// Returns until when a call may wait.
    pub(super) fn patience(&self, call: &Call<'_>) -> Tick {
        if self.has(Flaw::KnowsNoPatienceOfItsOwn) {
            return call.patience(Duration::ZERO);
        }
        let patience = call.patience(self.setup.max_wait);
        if self.has(Flaw::TheLongerPatienceCounts) {
            return patience.max(call.asked_at() + self.setup.max_wait);
        }
        patience
    }
}
