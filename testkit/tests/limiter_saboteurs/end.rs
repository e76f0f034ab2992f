//! What happens to the tokens of a call that ends.

use std::task::Waker;

use seawall_core::{Tick, Verdict};

use super::{Admitted, Flaw, Flawed, Inner};

impl Flawed {
    /// Keeps the tokens of a call that ran.
    pub(super) fn keep(&self, inner: &mut Inner, number: u64, call: &Admitted, verdict: Verdict) {
        if let Some(account) = inner.accounts.get_mut(call.name) {
            account.settle(number);
        }
        let habits = &mut inner.habits;
        habits.successes = if verdict == Verdict::Success { habits.successes + 1 } else { 0 };
        if self.has(Flaw::ThanksForTenSuccesses) && habits.successes == 10 {
            habits.successes = 0;
            inner.accounts.forget_all();
        }
    }

    /// Gives back the tokens of a call that did not run.
    pub(super) fn give_back(
        &self,
        inner: &mut Inner,
        number: u64,
        call: &Admitted,
        cost: u32,
        now: Tick,
    ) {
        inner.habits.successes = 0;
        let Some(account) = inner.accounts.get_mut(call.name) else { return };
        let start = account.at(number).unwrap_or(call.start);
        let (gives_up, last) = (start > now, account.turn(now));
        match self.flaw {
            Some(Flaw::LateWaitersPay) if call.has_waited && !gives_up => return,
            Some(Flaw::LastToLeavePays) if gives_up && last == start => return,
            Some(Flaw::LeavingBeforeOthersPays) if gives_up && last > start && cost > 1 => return,
            Some(Flaw::UnusedWhileOthersWaitGetsTwice) if !gives_up && last > now => {
                account.refund(&self.rate(), now, cost);
            }
            Some(Flaw::WhoHoldsLongPaysOne) if now.since(start) > self.setup.period / 10 => {
                return account.reprice(&self.rate(), number, 1);
            }
            Some(Flaw::GivesBackWhatWasLost)
                if !inner.habits.has_waited && !inner.habits.has_reset =>
            {
                account.settle(number);
                return account.refund(&self.rate(), now, cost);
            }
            _ => {}
        }
        let is_known = account.undo(number);
        if gives_up && !self.has(Flaw::WaitersStayWhenOthersLeave) {
            account.move_up(&self.rate(), now);
            let woken = match self.flaw {
                Some(Flaw::WakesNoWaiters) => 0,
                Some(Flaw::WakesOnlyTheNextWaiter) => 1,
                _ => usize::MAX,
            };
            inner.wakers.values().take(woken).for_each(Waker::wake_by_ref);
        }
        if self.has(Flaw::GivesBackWhatWasReset) && inner.habits.has_reset && !is_known {
            account.refund(&self.rate(), now, cost);
        }
    }
}
