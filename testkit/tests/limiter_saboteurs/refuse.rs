//! How a call is refused, which takes nothing.

use std::time::Duration;

use seawall_core::{Entry, Refusal, RefusalKind, Tick};

use super::account::Account;
use super::accounts::Name;
use super::{Flaw, Flawed, Inner};

impl Flawed {
    /// Refuses a call that would have waited.
    pub(super) fn turn_away(&self, account: &mut Account, now: Tick, in_a_hurry: bool) {
        account.count_refusal(now);
        let takes = match self.flaw {
            Some(Flaw::EachTwentiethRefusalCosts) => account.refused.is_multiple_of(20).into(),
            Some(Flaw::TenthRefusalAtOnceTakesTheRest) if account.refused_at_once.0 == 10 => {
                account.left(&self.rate(), now)
            }
            Some(Flaw::TheHopelessPayOne) => u32::from(in_a_hurry),
            _ => 0,
        };
        account.spend(&self.rate(), now, takes);
    }

    /// There is never as much.
    pub(super) fn refuse_for_ever(&self, inner: &mut Inner, name: Name, now: Tick) -> Entry {
        if self.has(Flaw::KeepsKeysThatItRefuses) {
            inner.accounts.open(name, &self.rate(), now);
        }
        if let Some(account) = inner.accounts.get_mut(name) {
            let takes = u32::from(self.has(Flaw::TheImpossibleTakesOne));
            account.spend(&self.rate(), now, takes);
        }
        self.refuse(inner, RefusalKind::CostAboveLimit, None)
    }

    /// Says no, and writes it down.
    pub(super) fn refuse(
        &self,
        inner: &mut Inner,
        kind: RefusalKind,
        wait: Option<Duration>,
    ) -> Entry {
        if !(self.has(Flaw::LosesWhatOtherThreadsAreRefused) && self.is_abroad()) {
            inner.books.refuse(kind);
        }
        let refusal = match self.has(Flaw::RefusesInAnothersName) {
            true => Refusal::new(kind, &self.another()),
            false => Refusal::new(kind, &self.layer),
        };
        let says = self.has(Flaw::SaysWhenTheImpossibleGoes);
        let wait = wait.or(says.then_some(self.setup.period));
        let refusal = match self.has(Flaw::RefusesWithoutTheLimit) {
            true => refusal,
            false => refusal.with_limit(self.rate().burst.into()),
        };
        Entry::Refuse(match wait {
            Some(wait) => refusal.with_retry_after(wait),
            None => refusal,
        })
    }
}
