use std::sync::Arc;
use std::sync::atomic::Ordering;

use seawall_core::{
    Backend, Call, Entry, Exit, Key, KeyStatus, Layer, Limiter, Pending, Refusal, RefusalKind,
    Status, Tick, Token, Verdict,
};

use crate::RateLimiter;
use crate::count::{Asked, Count, Outcome};
use crate::shared::Shared;
use crate::token::Took;
use crate::waiting::Waiting;

impl Shared {
    /// Takes `cost` tokens that are leased, if they are there.
    #[inline]
    fn take(&self, count: &Arc<Count>, cost: u32, now: Tick) -> Option<Token> {
        let taken = count.take(cost, now)?;
        if taken.renew && count.renew() {
            self.inbox.push(count);
        }
        Some(Took::new(count, taken.number).token())
    }

    /// Takes `cost` tokens that are leased for the key, if they are there.
    #[inline]
    fn take_of(&self, key: Option<Key<'_>>, cost: u32, now: Tick) -> Option<Token> {
        match key.and_then(|key| self.find(key)) {
            None => self.take(&self.unkeyed, cost, now),
            Some(key) => self.keys.with(key, |count| self.take(count, cost, now)).flatten(),
        }
    }

    /// Takes tokens for a call that needs no driver: it is not observed, and runs nothing.
    #[inline]
    pub(crate) fn pass_leased(&self, key: Option<Key<'_>>, cost: u32, now: Tick) -> bool {
        let passes = self.take_of(key, cost, now).is_some();
        if passes {
            self.stats.pass();
        }
        passes
    }

    #[inline]
    fn enter(self: &Arc<Self>, call: &Call<'_>) -> Entry {
        let (now, cost) = (self.clock.now_of(call), call.cost().get());
        if let Some(token) = self.take_of(call.key(), cost, now) {
            self.stats.admit();
            return Entry::Go(token);
        }
        self.enter_slowly(call, now, cost)
    }

    #[inline(never)]
    fn enter_slowly(self: &Arc<Self>, call: &Call<'_>, now: Tick, cost: u32) -> Entry {
        if self.clock.get().is_none() {
            self.clock.settle_by(call);
        }
        let max_wait = self.settings().rule.max_wait;
        // Times of the call, by the limiter's clock: the same, unless its driver has another one.
        let patience = now + call.patience(max_wait).since(call.now());
        let patience = (patience > now).then_some(patience);
        // Otherwise the rule's own `max_wait`, or the call's, is what refuses.
        let by_deadline = patience.is_some_and(|patience| {
            call.deadline().is_some_and(|deadline| now + deadline.since(call.now()) <= patience)
        });
        let count = match call.key().and_then(|key| Some((key, self.find(key)?))) {
            None => Arc::clone(&self.unkeyed),
            Some((key, hash)) => match self.room_for(key, hash, now, cost) {
                Ok(count) => count,
                Err(refusal) => return Entry::Refuse(refusal),
            },
        };
        if patience.is_none()
            && self.link.state() == crate::link::State::Connected
            && let Some(until) = count.turn_away(cost, now)
        {
            return self.decided(&count, Outcome::Denied(until), cost, now, false);
        }
        match count.ask(cost, now, patience, &self.link) {
            Asked::Taken(number) => {
                self.stats.admit();
                Entry::Go(Took::new(&count, number).token())
            }
            Asked::Passed(enqueue) => self.pass(&count, enqueue),
            Asked::Refused(outcome) => self.decided(&count, outcome, cost, now, by_deadline),
            Asked::Waits(id, enqueue) => {
                if enqueue {
                    self.inbox.push(&count);
                }
                self.wait(count, (id, cost), call, now, (patience, by_deadline))
            }
        }
    }

    /// Returns the count of a key, unless the call can never be admitted: then the key takes no room.
    fn room_for(
        &self,
        key: Key<'_>,
        hash: seawall_core::KeyHash,
        now: Tick,
        cost: u32,
    ) -> Result<Arc<Count>, Refusal> {
        let own = self.settings().own.get(&hash).copied();
        let limit = own.unwrap_or(self.settings().rule.limit);
        let kind = match (limit.limit, cost > limit.at_once()) {
            (0, _) => RefusalKind::KeyBlocked,
            (_, true) => RefusalKind::CostAboveLimit,
            _ => {
                return self.count(key, hash, now).map_err(|_| {
                    self.stats.refuse();
                    let limit = self.keys.room().max();
                    Refusal::new(RefusalKind::TooManyKeys, &self.layer).with_limit(limit)
                });
            }
        };
        self.stats.refuse();
        Err(Refusal::new(kind, &self.layer).with_limit(limit.at_once().into()))
    }

    /// Has the call wait for the store, or for tokens.
    fn wait(
        self: &Arc<Self>,
        count: Arc<Count>,
        (id, cost): (u64, u32),
        call: &Call<'_>,
        now: Tick,
        (patience, by_deadline): (Option<Tick>, bool),
    ) -> Entry {
        let clock = self.clock.get().cloned().unwrap_or_default();
        let burst = self.settings().rule.limit.at_once();
        let refusal = Refusal::new(RefusalKind::RateLimited, &self.layer).with_limit(burst.into());
        let until = match patience {
            Some(patience) => call.now() + patience.since(now),
            None => Tick::MAX,
        };
        let ends = patience.is_none().then(|| now + self.link.patience());
        let waiting = Waiting::new(self, count, (id, cost), clock, ends, by_deadline);
        Entry::Pending(Pending::new(Box::pin(waiting), until, refusal))
    }

    fn pass(&self, count: &Arc<Count>, enqueue: bool) -> Entry {
        if enqueue {
            self.inbox.push(count);
        }
        self.passed.fetch_add(1, Ordering::Relaxed);
        self.stats.admit();
        Entry::Go(Took::new(count, 0).token())
    }

    /// Returns the answer to a call about which this was decided. `by_deadline` says that it may wait for
    /// tokens, and its deadline comes before the end of its `max_wait`.
    pub(crate) fn decided(
        &self,
        count: &Arc<Count>,
        outcome: Outcome,
        cost: u32,
        now: Tick,
        by_deadline: bool,
    ) -> Entry {
        let outcome = match outcome {
            Outcome::Taken(number) => {
                self.stats.admit();
                return Entry::Go(Took::new(count, number).token());
            }
            Outcome::Away => match count.pass_without_store(cost, now, &self.link) {
                Ok(enqueue) => return self.pass(count, enqueue),
                Err(outcome) => outcome,
            },
            outcome => outcome,
        };
        self.stats.refuse();
        let refuse = |kind| Refusal::new(kind, &self.layer).with_limit(count.burst());
        Entry::Refuse(match outcome {
            Outcome::Denied(until) if by_deadline => {
                let refusal = Refusal::new(RefusalKind::Deadline, &self.layer);
                refusal.with_retry_after(until.since(now))
            }
            Outcome::Denied(until) => {
                self.denied.fetch_add(1, Ordering::Relaxed);
                let wait = until.since(now).max(std::time::Duration::from_nanos(1));
                refuse(RefusalKind::RateLimited).with_retry_after(wait)
            }
            Outcome::Blocked => refuse(RefusalKind::KeyBlocked),
            Outcome::TooCostly => refuse(RefusalKind::CostAboveLimit),
            Outcome::Taken(_) | Outcome::Away => {
                let refusal = Refusal::new(RefusalKind::ResourceUnavailable, &self.layer);
                match self.link.error() {
                    Some(error) => refusal.with_source(error),
                    None => refusal,
                }
            }
        })
    }

    /// Runs `act` on the count of the call's key, which is made if need be.
    fn on<T>(&self, call: &Call<'_>, act: impl FnOnce(&Arc<Count>, Tick) -> T) -> Option<T> {
        if self.clock.get().is_none() {
            self.clock.settle_by(call);
        }
        let now = self.clock.now_of(call);
        match call.key().and_then(|key| Some((key, self.find(key)?))) {
            None => Some(act(&self.unkeyed, now)),
            Some((key, hash)) => {
                let count = self.count(key, hash, now).ok()?;
                Some(act(&count, now))
            }
        }
    }
}

impl Backend for RateLimiter {
    fn layer(&self) -> &Layer {
        &self.shared.layer
    }

    #[inline]
    fn enter(&self, call: &Call<'_>) -> Entry {
        self.shared.enter(call)
    }

    fn expire(&self, _token: Option<Token>) {
        self.shared.stats.refuse();
    }

    #[inline]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        let shared = &self.shared;
        shared.stats.end(exit.verdict());
        let took = Took::read(token);
        if exit.verdict() == Verdict::Unused
            && took.number != 0
            && let Some(count) = shared.count_of(&took)
        {
            let now = shared.clock.now_at(exit);
            if count.give_back(took.number, exit.cost().get(), now, &shared.link) {
                shared.inbox.push(&count);
            }
        }
    }

    fn status(&self, now: Tick) -> Status {
        self.shared.status(now)
    }
}

impl Limiter for RateLimiter {
    /// Returns what this instance knows: the tokens that it holds, and those that are likely in the store.
    fn peek(&self, call: &Call<'_>) -> KeyStatus {
        let shared = &self.shared;
        let now = shared.clock.now_of(call);
        let key = call.key().and_then(|key| shared.find(key));
        let cost = call.cost().get();
        match shared.kept(key) {
            Some(count) => count.look(cost, now),
            None => shared.look_at_new(key, cost, now),
        }
    }

    /// Gives the cost back to the leases that this instance still holds. What it holds none of is lost: the
    /// store takes back no tokens of leases that have ended.
    fn refund(&self, call: &Call<'_>) {
        let shared = &self.shared;
        shared.on(call, |count, now| count.refund(call.cost().get(), now, &shared.link));
    }

    /// Ends the memory of a denial, and what calls from before give back: the store keeps its count.
    fn reset(&self, call: &Call<'_>) {
        let shared = &self.shared;
        shared.on(call, |count, now| count.reset(now, &shared.link));
    }

    /// Takes all tokens that this instance holds at once, and those in the store as soon as it answers.
    /// Returns the number that the instance knows of.
    fn exhaust(&self, call: &Call<'_>) -> u64 {
        let shared = &self.shared;
        let exhausted = shared.on(call, |count, now| {
            let (tokens, enqueue) = count.exhaust(now);
            if enqueue {
                shared.inbox.push(count);
            }
            tokens
        });
        exhausted.unwrap_or(0)
    }

    fn charge(&self, call: &Call<'_>) {
        let shared = &self.shared;
        shared.on(call, |count, now| {
            if count.charge(call.cost().get(), now, &shared.link) {
                shared.inbox.push(count);
            }
        });
    }
}
