//! The answers to peeks.

use std::time::Duration;

use seawall_core::{KeyStatus, Tick};

use super::account::Account;
use super::accounts::Name;
use super::{Flaw, Flawed, Inner};

impl Flawed {
    /// Returns what is left of `name`, and the answer to a call of this cost.
    pub(super) fn look(&self, inner: &Inner, name: Name, now: Tick, cost: u32) -> KeyStatus {
        let (rate, account) = (&self.rate(), inner.accounts.get(name));
        let limit = if self.has(Flaw::PeeksAtTheRate) { self.setup.limit } else { rate.burst };
        let left = account.map_or(rate.burst, |account| self.left(account, now));
        let back = account.map_or(Duration::ZERO, |account| self.all_back(account, now));
        let whole = if self.has(Flaw::TellsTheWindowOfOne) { 1 } else { rate.burst };
        let status = KeyStatus::full(now, limit.into(), rate.time(rate.parts(whole)));
        let mut status = status.with_remaining(left.into(), back);
        if self.has(Flaw::ResetsAtOnce) {
            status.reset_at = now;
        }
        match self.start(inner, name, now, cost) {
            Some(start) if start <= now => status,
            Some(start) if self.has(Flaw::PeeksAtHalfTheWait) => {
                status.denied(Some(self.wait(start, now, cost) / 2))
            }
            Some(start) => status.denied(Some(self.wait(start, now, cost))),
            None if self.has(Flaw::PeeksNoImpossibility) => status,
            None => status.denied(None),
        }
    }

    /// Returns the tokens that remain.
    fn left(&self, account: &Account, now: Tick) -> u32 {
        let left = account.left(&self.rate(), now);
        match self.flaw {
            Some(Flaw::RoundsUpWhatRemains) if self.is_broken(account, now) => {
                (left + 1).min(self.rate().burst - 1)
            }
            Some(Flaw::HidesOneOfWhatRemains) if self.is_broken(account, now) => {
                left.saturating_sub(1)
            }
            _ => left,
        }
    }

    /// Returns the time until all tokens are back.
    fn all_back(&self, account: &Account, now: Tick) -> Duration {
        let turn = account.turn(now);
        let debt = account.debt(&self.rate(), turn);
        let owed = self.rate().owed(debt);
        let debt = match self.flaw {
            Some(Flaw::ResetsTooLate) => self.rate().parts(owed),
            Some(Flaw::ResetsTooEarly) if self.is_broken(account, now) => {
                self.rate().parts(owed - 1)
            }
            _ => debt,
        };
        (turn + self.rate().time(debt)).since(now)
    }

    /// Returns true if there is a part of a token and no call waits.
    fn is_broken(&self, account: &Account, now: Tick) -> bool {
        let debt = account.debt(&self.rate(), now);
        account.turn(now) == now && !debt.is_multiple_of(self.rate().parts(1))
    }
}
