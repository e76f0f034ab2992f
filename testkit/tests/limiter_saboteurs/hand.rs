//! The methods of [`Limiter`].

use seawall_core::{Call, KeyStatus, Limiter};

use super::{Flaw, Flawed};

impl Limiter for Flawed {
    fn peek(&self, call: &Call<'_>) -> KeyStatus {
        let (name, cost) = (self.name(call.key()), call.cost().get());
        let mut inner = self.lock();
        let status = self.look(&inner, name, call.now(), cost);
        inner.habits.looks += 1;
        if self.has(Flaw::ThirdLookInARowCosts) && inner.habits.looks == 3 {
            inner.accounts.open(name, &self.rate(), call.now()).spend(&self.rate(), call.now(), 1);
        }
        status
    }

    fn refund(&self, call: &Call<'_>) {
        let (mut guard, rate) = (self.lock(), &self.rate());
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
        let name = self.name(call.key());
        inner.accounts.forget(name);
        if self.has(Flaw::ResetKeepsOne) {
            inner.accounts.open(name, &self.rate(), call.now()).spend(&self.rate(), call.now(), 1);
        }
    }

    fn exhaust(&self, call: &Call<'_>) -> u64 {
        let (mut inner, name) = (self.lock(), self.name(call.key()));
        let now = inner.time(call.now());
        let left = match inner.accounts.get(name) {
            Some(account) => account.left(&self.rate(), now),
            None => self.rate().burst,
        };
        let spares = u32::from(self.has(Flaw::DrainLeavesOne) && left < self.rate().burst);
        if left > spares {
            inner.accounts.open(name, &self.rate(), now).spend(&self.rate(), now, left - spares);
        }
        if self.has(Flaw::DrainsAllKeys) {
            for account in inner.accounts.all() {
                account.spend(&self.rate(), now, account.left(&self.rate(), now));
            }
        }
        let hides = u32::from(self.has(Flaw::DrainsMoreThanItSays));
        left.saturating_sub(hides).into()
    }
}
