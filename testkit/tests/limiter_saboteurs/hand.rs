//! What is asked and done by hand.

use seawall_core::{Call, KeyStatus, Limiter};

use super::Flaw;
use crate::flawed::Flawed;

impl Limiter for Flawed {
    fn peek(&self, call: &Call<'_>) -> KeyStatus {
        let (now, cost, name) = (call.now(), call.cost().get(), self.name(call.key()));
        let mut inner = self.lock();
        let rate = &self.rate;
        let status = KeyStatus::full(now, rate.burst.into(), rate.time(rate.parts(rate.burst)));
        let status = match inner.accounts.get(&name) {
            Some(account) => {
                let debt = account.debt(rate, account.turn(now));
                let rounds_up = self.has(Flaw::RoundsUpWhatRemains) && account.turn(now) == now;
                let left = match rounds_up && debt > 0 && debt % rate.parts(1) > 0 {
                    true => (account.left(rate, now) + 1).min(rate.burst - 1),
                    false => account.left(rate, now),
                };
                let all_back = match self.has(Flaw::ResetsByWholeTokens) {
                    true => account.turn(now) + rate.time(rate.parts(rate.owed(debt))),
                    false => account.full_at(rate, now),
                };
                status.with_remaining(left.into(), all_back.since(now))
            }
            None => status,
        };
        let status = match self.start(&inner, &name, now, cost) {
            Some(start) if start <= now => status,
            Some(start) if self.has(Flaw::PeeksAtHalfTheWait) => {
                status.denied(Some(self.wait(start, now, cost) / 2))
            }
            Some(start) => status.denied(Some(self.wait(start, now, cost))),
            None => status.denied(None),
        };
        inner.habits.looks += 1;
        if self.has(Flaw::ThirdLookInARowCosts) && inner.habits.looks == 3 {
            inner.accounts.open(name, rate, now).spend(rate, now, 1);
        }
        status
    }

    fn refund(&self, call: &Call<'_>) {
        let mut inner = self.lock();
        let now = inner.time(call.now());
        let cost = match call.cost().get() {
            cost @ 2.. if self.has(Flaw::RefundsOneTooFew) => cost - 1,
            cost => cost,
        };
        if let Some(account) = inner.accounts.get_mut(&self.name(call.key())) {
            account.refund(&self.rate, now, cost);
        }
    }

    fn reset(&self, call: &Call<'_>) {
        let mut inner = self.lock();
        inner.habits.has_reset = true;
        if self.has(Flaw::ResetForgetsAll) {
            inner.accounts.forget_all();
        }
        inner.accounts.forget(&self.name(call.key()));
    }

    fn drain(&self, call: &Call<'_>) -> u64 {
        let (mut inner, name) = (self.lock(), self.name(call.key()));
        let now = inner.time(call.now());
        let left = match inner.accounts.get(&name) {
            Some(account) => account.left(&self.rate, now),
            None => self.rate.burst,
        };
        if left > 0 {
            inner.accounts.open(name, &self.rate, now).spend(&self.rate, now, left);
        }
        let hides = u32::from(self.has(Flaw::DrainsMoreThanItSays));
        left.saturating_sub(hides).into()
    }
}
