//! How calls are admitted.

use seawall_core::{Call, Entry, RefusalKind, Tick, Token};

use super::accounts::Name;
use super::{Admitted, Flaw, Flawed, Inner, YEAR};

/// Calls of the law about older times are no older than this.
const NEAR: std::time::Duration = std::time::Duration::from_secs(1);

impl Flawed {
    /// Answers a call that asks to be admitted.
    pub(super) fn ask(&self, inner: &mut Inner, call: &Call<'_>) -> Entry {
        let (now, cost) = (inner.time(call.now()), call.cost().get());
        let mut name = self.name(call.key());
        if self.has(Flaw::FourthKeyPaysWithTheThirds) {
            name = inner.habits.payer(name);
        }
        inner.habits.looks = 0;
        if let Some(account) = inner.accounts.get_mut(name) {
            account.tidy(&self.rate(), now);
        }
        // A key with credit goes at once.
        let start = match self.start(inner, name, now, cost) {
            Some(start) if start > now && inner.habits.owes_one => {
                inner.habits.owes_one = false;
                Some(now)
            }
            start => start,
        };
        let Some(start) = start else {
            return self.refuse_for_ever(inner, name, now);
        };
        let until = self.patience(call);
        if start > now && start > until {
            if self.has(Flaw::LetsTheHopelessHope) && until > now {
                return Entry::AskAt(until);
            }
            let in_a_hurry = call.deadline().is_some_and(|deadline| deadline <= until);
            let kind = match in_a_hurry && !self.has(Flaw::KnowsNoDeadlines) {
                true => RefusalKind::Deadline,
                false => RefusalKind::RateLimited,
            };
            if let Some(account) = inner.accounts.get_mut(name) {
                self.turn_away(account, now, in_a_hurry);
            }
            // The same call may wait in time once what is missing has passed.
            let wait = match inner.accounts.get(name) {
                Some(account) if until > now && self.has(Flaw::SaysWhenAllIsBackToWaiters) => {
                    account.full_at(&self.rate(), now).since(now)
                }
                _ => self.wait(start, until.max(now), cost),
            };
            return self.refuse(inner, kind, Some(wait));
        }
        let asks_again = match self.flaw {
            Some(Flaw::WhoWantsAllAsksAgain) => cost == self.rate().burst,
            Some(Flaw::WhoWantsThreeAsksAgain) => cost == 3,
            _ => false,
        };
        let has_no_room = inner.accounts.room_at(name, &self.rate(), now) > now;
        if (asks_again && start > now) || has_no_room {
            return Entry::AskAt(start);
        }
        let for_ever = self.has(Flaw::WhoWaitsForEverGoesAtOnce) && until == Tick::MAX;
        self.admit(inner, name, if for_ever { now } else { start }, call)
    }

    /// Takes the tokens of a call that goes from `start` on.
    fn admit(&self, inner: &mut Inner, name: Name, start: Tick, call: &Call<'_>) -> Entry {
        let (now, came, cost) = (inner.time(call.now()), call.now(), call.cost().get());
        inner.books.admit(cost);
        inner.last += 1;
        let number = inner.last;
        let account = inner.accounts.open(name, &self.rate(), now);
        let dearer = self.has(Flaw::EachTenthCallCostsTwo) && account.calls % 10 == 9;
        match self.flaw {
            Some(Flaw::ZeroIsNoTime) if came == Tick::ZERO => {}
            // Not where threads are far apart, which breaks what other laws ask by chance.
            Some(Flaw::GoesBackInTime) if came < now && now.since(came) <= NEAR => {
                account.take_last(&self.rate(), number, came, cost);
            }
            Some(Flaw::OlderTimesLockOut) if came < now => {
                account.take(&self.rate(), number, now + YEAR, cost);
            }
            _ => account.take(&self.rate(), number, start, cost + u32::from(dearer)),
        }
        account.refused = 0;
        account.refused_at_once = (0, now);
        inner.habits.has_waited |= start > now;
        inner.under_way.insert(number, Admitted { name, start, has_waited: start > now });
        let token = Token(number, 0);
        if start > now { Entry::GoAt(token, start) } else { Entry::Go(token) }
    }
}
