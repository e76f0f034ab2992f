use std::num::NonZeroU32;
use std::task::Waker;

use seawall_core::{
    Backend, Call, Entry, Exit, Key, KeyStatus, Layer, Limiter, Refusal, RefusalKind, Status, Tick,
    Token, Verdict,
};

use crate::RateLimiter;
use crate::act::{Act, Charge, Exhaust, Look, Refund, Reset};
use crate::bucket::Missing;
use crate::counts::Counts;
use crate::limiter::Inner;
use crate::meter::Denied;
use crate::queue::Start;
use crate::take::{Take, Taken};

impl Inner {
    /// Takes tokens for a call that needs neither a driver nor a key.
    #[inline(always)]
    pub(crate) fn check_unkeyed(&self, cost: u32, now: Tick) -> Result<(), Refusal> {
        match self.counts.pass(now, cost.max(1)) {
            Ok(()) => {
                self.stats.pass();
                Ok(())
            }
            Err(Some(missing)) => Err(self.refuse_missing(missing, now)),
            Err(None) => self.check_unkeyed_slowly(cost, now),
        }
    }

    #[inline(never)]
    fn check_unkeyed_slowly(&self, cost: u32, now: Tick) -> Result<(), Refusal> {
        self.check(None, cost, now)
    }

    /// Takes tokens for a call that needs no driver: it is not observed, and runs nothing.
    #[inline]
    pub(crate) fn check(&self, key: Option<Key<'_>>, cost: u32, now: Tick) -> Result<(), Refusal> {
        let key = key.and_then(|key| self.find(key));
        let take = Take { now, cost: cost.max(1), until: now, is_deadline: false };
        match self.counts.take(key, &take).0 {
            Taken::Not { why, burst } => Err(self.refuse(why, burst, now, None)),
            Taken::At(_) | Taken::Queued { .. } => {
                self.stats.pass();
                Ok(())
            }
        }
    }

    /// Always inlined, as is the end: the entry of a call that can go at once stays out of memory.
    #[inline(always)]
    fn enter(&self, call: &Call<'_>) -> Entry {
        let now = self.clock.now_of(call);
        let is_plain = self.clock.get().is_some() && (call.key().is_none() || self.is_unkeyed());
        match if is_plain { self.counts.pass(now, call.cost().get()) } else { Err(None) } {
            Ok(()) => {
                self.stats.admit();
                Entry::Go(Counts::unkeyed(now))
            }
            Err(missing) => self.enter_slowly(call, now, missing),
        }
    }

    #[inline(never)]
    fn enter_slowly(&self, call: &Call<'_>, now: Tick, missing: Option<Missing<'_>>) -> Entry {
        let now = if self.settle(call) { self.clock.now_of(call) } else { now };
        // Times of the call, by the limiter's clock: the same, unless its driver has another one.
        let until = now + call.patience(self.settings.patience()).since(call.now());
        // Otherwise the rule's own `max_wait` is what refuses.
        let deadline = call.deadline().map(|deadline| now + deadline.since(call.now()));
        let deadline = deadline.filter(|deadline| *deadline <= until);
        if let Some(missing) = missing
            && until <= now
            && deadline.is_none()
        {
            return Entry::Refuse(self.refuse_missing(missing, now));
        }
        let key = call.key().and_then(|key| self.find(key));
        let take = Take { now, cost: call.cost().get(), until, is_deadline: deadline.is_some() };
        let (taken, mut token) = self.counts.take(key, &take);
        match taken {
            Taken::At(_) => {
                self.stats.admit();
                Entry::Go(token)
            }
            Taken::Queued { at, .. } => {
                self.stats.admit();
                if !self.clock.is_of(call) {
                    Counts::mark_foreign(&mut token);
                }
                Entry::GoAt(token, call.now() + at.since(now))
            }
            Taken::Not { why, burst } => Entry::Refuse(self.refuse(why, burst, now, deadline)),
        }
    }

    /// The refusal of a call that does not wait.
    #[inline(never)]
    fn refuse_missing(&self, missing: Missing<'_>, now: Tick) -> Refusal {
        self.stats.refuse();
        let refusal = Refusal::new(RefusalKind::RateLimited, &self.layer);
        let refusal = refusal.with_limit(missing.burst().into());
        match missing.until() {
            Tick::MAX => refusal,
            at => refusal.with_retry_at(at, now),
        }
    }

    /// The refusal of a call that asks at `now`, and that could wait but for its `deadline` if it has
    /// one here.
    #[inline(never)]
    fn refuse(
        &self,
        why: Denied,
        burst: Option<u32>,
        now: Tick,
        deadline: Option<Tick>,
    ) -> Refusal {
        self.stats.refuse();
        let kind = match why {
            Denied::Until(at) if deadline.is_some_and(|deadline| at > deadline) => {
                RefusalKind::Deadline
            }
            Denied::TooLate(_) if deadline.is_some() => RefusalKind::Deadline,
            Denied::Until(_) | Denied::TooLate(_) => RefusalKind::RateLimited,
            Denied::CostAboveLimit => RefusalKind::CostAboveLimit,
            Denied::Blocked => RefusalKind::KeyBlocked,
        };
        let refusal = Refusal::new(kind, &self.layer).with_limit(burst.map_or(0, u64::from));
        match why.retry_after(now) {
            Some(wait) => refusal.with_retry_after(wait),
            None => refusal,
        }
    }

    #[cold]
    #[inline(never)]
    fn end_slowly(&self, token: Token, exit: &Exit<'_>) {
        let unused = exit.verdict() == Verdict::Unused;
        self.counts.end(token, self.clock.now_at(exit), exit.cost().get(), unused);
    }

    /// Settles on the clock of `call` if it is the first one. Returns true if it may be.
    #[inline]
    fn settle(&self, call: &Call<'_>) -> bool {
        let is_first = self.clock.get().is_none();
        if is_first {
            self.clock.settle_by(call);
        }
        is_first
    }

    /// The time of `call`, by the limiter's clock.
    fn now_of(&self, call: &Call<'_>) -> Tick {
        self.settle(call);
        self.clock.now_of(call)
    }

    fn look(&self, key: Option<Key<'_>>, cost: NonZeroU32, now: Tick) -> KeyStatus {
        let key = key.and_then(|key| self.find(key));
        self.counts.look(key, &Look { now, cost: cost.get() })
    }

    /// Does the act that `act` makes of a time to what counts the call's key.
    fn apply<A: Act<Outcome: Default>>(
        &self,
        call: &Call<'_>,
        act: impl FnOnce(Tick) -> A,
    ) -> A::Outcome {
        let key = call.key().and_then(|key| self.find(key));
        let now = self.now_of(call);
        self.counts.apply(key, &act(now), now)
    }
}

impl Backend for RateLimiter {
    fn layer(&self) -> &Layer {
        &self.inner.layer
    }

    #[inline(always)]
    fn enter(&self, call: &Call<'_>) -> Entry {
        self.inner.enter(call)
    }

    fn poll_start(
        &self,
        token: &mut Token,
        at: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        let own = match self.inner.clock.get().filter(|_| Counts::is_foreign(*token)) {
            Some(clock) => clock.now(),
            None => now,
        };
        match self.inner.counts.poll(token, own, waker) {
            Some(Start::Started { at, .. }) if own == now => Ok(at.min(now)),
            Some(Start::Started { .. }) => Ok(now),
            Some(Start::At(at)) => Ok(now + at.since(own)),
            Some(Start::Refused { why, burst }) => {
                Err(self.inner.refuse(why, Some(burst), own, None))
            }
            None => Ok(at),
        }
    }

    #[inline(always)]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.inner.stats.end(exit.verdict());
        if exit.verdict() == Verdict::Unused || Counts::is_waiting(token) {
            self.inner.end_slowly(token, exit);
        }
    }

    /// What calls without a key have left, the number of keys that are counted, and the statistics of
    /// all calls together.
    fn status(&self, now: Tick) -> Status {
        let unkeyed = self.inner.look(None, NonZeroU32::MIN, now);
        let state = if unkeyed.is_allowed { "ready" } else { "used_up" };
        let status = Status::new(&self.inner.layer, state)
            .with_retry_after(unkeyed.retry_after)
            .with_gauge("limit", unkeyed.limit, "{token}")
            .with_gauge("remaining", unkeyed.remaining, "{token}")
            .with_gauge("keys", self.inner.counts.keys().room().kept(), "{key}");
        self.inner.stats.add_to(status)
    }
}

impl Limiter for RateLimiter {
    fn peek(&self, call: &Call<'_>) -> KeyStatus {
        self.inner.look(call.key(), call.cost(), self.inner.now_of(call))
    }

    fn refund(&self, call: &Call<'_>) {
        self.inner.apply(call, |now| Refund { now, cost: call.cost().get() });
    }

    fn reset(&self, call: &Call<'_>) {
        self.inner.apply(call, |now| Reset { now });
    }

    fn exhaust(&self, call: &Call<'_>) -> u64 {
        self.inner.apply(call, |now| Exhaust { now })
    }

    fn charge(&self, call: &Call<'_>) {
        self.inner.apply(call, |now| Charge { now, cost: call.cost().get() });
    }
}
