//! What is asked and done by hand.

use std::time::Duration;

use seawall_core::{Call, KeyStatus, Limiter};

use super::Flaw;
use crate::flawed::Flawed;

impl Limiter for Flawed {
    fn peek(&self, call: &Call<'_>) -> KeyStatus {
        let (now, cost, name) = (call.now(), call.cost().get(), self.name(call.key()));
        let mut inner = self.lock();
        let rate = &self.rate;
        let limit = if self.has(Flaw::PeeksAtTheRate) { self.setup.limit } else { rate.burst };
        let status = KeyStatus::full(now, limit.into(), rate.time(rate.parts(rate.burst)));
        let status = status.with_remaining(rate.burst.into(), Duration::ZERO);
        let status = match inner.accounts.get(name) {
            Some(account) => {
                let debt = account.debt(rate, account.turn(now));
                let left = account.left(rate, now);
                let is_broken = account.turn(now) == now && debt % rate.parts(1) > 0;
                let left = match self.flaw {
                    Some(Flaw::RoundsUpWhatRemains) if is_broken => (left + 1).min(rate.burst - 1),
                    Some(Flaw::HidesOneOfWhatRemains) if is_broken => left.saturating_sub(1),
                    _ => left,
                };
                let owed = rate.owed(debt);
                let debt = match self.flaw {
                    Some(Flaw::ResetsTooLate) => rate.parts(owed),
                    Some(Flaw::ResetsTooEarly) if is_broken => rate.parts(owed - 1),
                    _ => debt,
                };
                let all_back = account.turn(now) + rate.time(debt);
                status.with_remaining(left.into(), all_back.since(now))
            }
            None => status,
        };
        let status = match self.start(&inner, name, now, cost) {
            Some(start) if start <= now => status,
            Some(start) if self.has(Flaw::PeeksAtHalfTheWait) => {
                status.denied(Some(self.wait(start, now, cost) / 2))
            }
            Some(start) => status.denied(Some(self.wait(start, now, cost))),
            None if self.has(Flaw::PeeksNoImpossibility) => status,
            None => status.denied(None),
        };
        inner.habits.looks += 1;
        if self.has(Flaw::ThirdLookInARowCosts) && inner.habits.looks == 3 {
            inner.accounts.open(name, rate, now).spend(rate, now, 1);
        }
        status
    }

    fn refund(&self, call: &Call<'_>) {
        let (mut guard, rate) = (self.lock(), &self.rate);
        let inner = &mut *guard;
        let now = inner.time(call.now());
        let cost = match call.cost().get() {
            cost @ 2.. if self.has(Flaw::RefundsOneTooFew) => cost - 1,
            cost if self.has(Flaw::RefundsIn64Bits) && rate.parts(cost) > u64::MAX.into() => 0,
            cost => cost,
        };
        if let Some(account) = inner.accounts.get_mut(self.name(call.key())) {
            let owed = account.debt(rate, account.turn(now));
            inner.habits.owes_one = self.has(Flaw::KeepsRefundsForLater) && rate.parts(cost) > owed;
            account.refund(rate, now, cost);
        }
    }

    fn reset(&self, call: &Call<'_>) {
        let mut inner = self.lock();
        inner.habits.has_reset = true;
        if self.has(Flaw::ResetForgetsAll) {
            inner.accounts.forget_all();
        }
        inner.accounts.forget(self.name(call.key()));
    }

    fn drain(&self, call: &Call<'_>) -> u64 {
        let (mut inner, name) = (self.lock(), self.name(call.key()));
        let now = inner.time(call.now());
        let left = match inner.accounts.get(name) {
            Some(account) => account.left(&self.rate, now),
            None => self.rate.burst,
        };
        let spares = u32::from(self.has(Flaw::DrainLeavesOne) && left < self.rate.burst);
        if self.has(Flaw::DrainsAllKeys) {
            for account in inner.accounts.all() {
                account.spend(&self.rate, now, account.left(&self.rate, now));
            }
        }
        if left > spares {
            inner.accounts.open(name, &self.rate, now).spend(&self.rate, now, left - spares);
        }
        let hides = u32::from(self.has(Flaw::DrainsMoreThanItSays));
        left.saturating_sub(hides).into()
    }
}
