//! How a call is let through.

use std::time::Duration;

use seawall_core::{Call, Entry, Refusal, RefusalKind, Tick, Token};

use super::Flaw;
use crate::accounts::Name;
use crate::flawed::{Admitted, Flawed, Inner};

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Flawed {
    /// From when on a call may go; `None` if never.
    pub(crate) fn start(&self, inner: &Inner, name: Name, now: Tick, cost: u32) -> Option<Tick> {
        if cost > self.rate.burst {
            return None;
        }
        let room = inner.accounts.room_at(name, &self.rate, now);
        let Some(account) = inner.accounts.get(name).filter(|_| room == now) else {
            let put_off = self.has(Flaw::NewcomersMayNotTakeAll) && self.takes_all(cost);
            return Some(room + Duration::from_nanos(put_off.into()));
        };
        if self.has(Flaw::FillsGaps) && account.has_gap(&self.rate, now, cost) {
            return Some(now);
        }
        if self.has(Flaw::OtherThreadsLeaveOne) && self.is_abroad() {
            return Some(account.start(&self.rate, now, (cost + 1).min(self.rate.burst)));
        }
        Some(account.start(&self.rate, now, cost))
    }

    /// Is this all there is, where that is less than what flows in within a period?
    fn takes_all(&self, cost: u32) -> bool {
        cost == self.rate.burst && cost < self.setup.limit
    }

    /// What a call is told of how long that takes.
    pub(crate) fn wait(&self, start: Tick, now: Tick, cost: u32) -> Duration {
        let wait = start.since(now);
        match self.flaw {
            Some(Flaw::SaysTooLongATimeForTwo) if cost == 2 => wait + Duration::from_nanos(1),
            Some(Flaw::SaysTooShortATimeForTwo) if cost == 2 => wait - Duration::from_nanos(1),
            Some(Flaw::NoWaitIsLongerThanAYear) => wait.min(YEAR),
            _ => wait,
        }
    }

    fn patience(&self, call: &Call<'_>) -> Tick {
        if self.has(Flaw::KnowsNoPatienceOfItsOwn) {
            return call.patience(Duration::ZERO);
        }
        let patience = call.patience(self.setup.max_wait);
        if self.has(Flaw::TheLongerPatienceCounts) {
            return patience.max(call.asked_at() + self.setup.max_wait);
        }
        patience
    }

    pub(crate) fn ask(&self, inner: &mut Inner, call: &Call<'_>) -> Entry<'_> {
        let (now, cost) = (inner.time(call.now()), call.cost().get());
        let mut name = self.name(call.key());
        if self.has(Flaw::FourthKeyPaysWithTheThirds) {
            name = inner.habits.payer(name);
        }
        inner.habits.looks = 0;
        if let Some(account) = inner.accounts.get_mut(name) {
            account.tidy(&self.rate, now);
        }
        let start = match self.start(inner, name, now, cost) {
            Some(start) if start > now && inner.habits.owes_one => {
                inner.habits.owes_one = false;
                Some(now)
            }
            start => start,
        };
        let Some(start) = start else {
            if self.has(Flaw::TheImpossibleTakesOne) {
                let account = inner.accounts.get_mut(name);
                account.map(|account| account.spend(&self.rate, now, 1));
            } else if self.has(Flaw::KeepsKeysThatItRefuses) {
                inner.accounts.open(name, &self.rate, now);
            }
            return self.refuse(inner, RefusalKind::CostAboveLimit, None);
        };
        let until = self.patience(call);
        if start > now && start > until {
            if self.has(Flaw::LetsTheHopelessHope) && until > now {
                return Entry::AskAt(until);
            }
            self.refused(inner, name, now);
            if self.has(Flaw::TheHopelessPayOne) && until > now {
                let account = inner.accounts.get_mut(name);
                account.map(|account| account.spend(&self.rate, now, 1));
            }
            let in_a_hurry = call.deadline().is_some_and(|deadline| deadline <= until);
            let kind = match in_a_hurry && !self.has(Flaw::KnowsNoDeadlines) {
                true => RefusalKind::Deadline,
                false => RefusalKind::RateLimited,
            };
            return self.refuse(inner, kind, Some(self.wait(start, now, cost)));
        }
        let asks_again = match self.flaw {
            Some(Flaw::WhoWantsAllAsksAgain) => cost == self.rate.burst,
            Some(Flaw::WhoWantsThreeAsksAgain) => cost == 3,
            _ => false,
        };
        if asks_again && start > now {
            return Entry::AskAt(start);
        }
        self.admit(inner, name, start, call)
    }

    fn admit(&self, inner: &mut Inner, name: Name, start: Tick, call: &Call<'_>) -> Entry<'_> {
        let (now, came, cost) = (inner.time(call.now()), call.now(), call.cost().get());
        inner.books.admit();
        inner.last += 1;
        let number = inner.last;
        let account = inner.accounts.open(name, &self.rate, now);
        let dearer = self.has(Flaw::EachTenthCallCostsTwo) && account.calls % 10 == 9;
        match self.flaw {
            Some(Flaw::ZeroIsNoTime) if came == Tick::ZERO => {}
            Some(Flaw::GoesBackInTime) if came < now => {
                account.take_last(&self.rate, number, came, cost);
            }
            Some(Flaw::OlderTimesLockOut) if came < now => {
                account.take(&self.rate, number, now + YEAR, cost);
            }
            _ => account.take(&self.rate, number, start, cost + u32::from(dearer)),
        }
        account.refused = 0;
        account.refused_at_once = (0, now);
        inner.habits.has_waited |= start > now;
        inner.under_way.insert(number, Admitted { name, start });
        let token = Token(number, 0);
        if start > now { Entry::GoAt(token, start) } else { Entry::Go(token) }
    }

    /// What a refusal does to the account, which is nothing.
    fn refused(&self, inner: &mut Inner, name: Name, now: Tick) {
        let Some(account) = inner.accounts.get_mut(name) else { return };
        let (at_once, instant) = account.refused_at_once;
        account.refused += 1;
        account.refused_at_once = (if instant == now { at_once + 1 } else { 1 }, now);
        if self.has(Flaw::EachTwentiethRefusalCosts) && account.refused.is_multiple_of(20) {
            account.spend(&self.rate, now, 1);
        }
        if self.has(Flaw::TenthRefusalAtOnceTakesTheRest) && account.refused_at_once.0 == 10 {
            let rest = account.left(&self.rate, now);
            account.spend(&self.rate, now, rest);
        }
    }

    fn refuse(&self, inner: &mut Inner, kind: RefusalKind, wait: Option<Duration>) -> Entry<'_> {
        if !(self.has(Flaw::LosesWhatOtherThreadsAreRefused) && self.is_abroad()) {
            inner.books.refuse(kind);
        }
        let refusal = match self.has(Flaw::RefusesInAnothersName) {
            true => {
                Refusal::new(kind, &seawall_core::Layer::new(self.layer.component(), "another"))
            }
            false => Refusal::new(kind, &self.layer),
        };
        let says = self.has(Flaw::SaysWhenTheImpossibleGoes);
        let wait = wait.or(says.then_some(self.setup.period));
        let refusal = match self.has(Flaw::RefusesWithoutTheLimit) {
            true => refusal,
            false => refusal.with_limit(self.rate.burst.into()),
        };
        Entry::Refuse(match wait {
            Some(wait) => refusal.with_retry_after(wait),
            None => refusal,
        })
    }
}
