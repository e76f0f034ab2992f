use std::num::NonZeroU32;

use seawall_core::{
    Backend, Call, Entry, Exit, Key, KeyStatus, Layer, Limiter, Refusal, RefusalKind, Status, Tick,
    Token, Verdict,
};

use crate::RateLimiter;
use crate::act::{Exhaust, Look, Refund, Reset, Take, Taken};
use crate::limiter::Inner;
use crate::meter::Denied;

impl Inner {
    /// Takes tokens for a call that needs neither a driver nor a key, and can go at once. Did it?
    #[inline]
    pub(crate) fn pass(&self, cost: u32, now: Tick) -> bool {
        let passes = self.counts.pass(now, cost.max(1));
        if passes {
            self.stats.pass();
        }
        passes
    }

    /// Takes tokens for a call that needs no driver: nobody listens, and nothing runs under it.
    #[inline]
    pub(crate) fn check(&self, key: Option<Key<'_>>, cost: u32, now: Tick) -> Result<(), Refusal> {
        let key = key.and_then(|key| self.find(key));
        match self.counts.take(key, &Take { now, cost: cost.max(1), until: now }).0 {
            Taken::At(_) => {
                self.stats.pass();
                Ok(())
            }
            Taken::Not { why, burst } => Err(self.refuse(why, burst, now, None)),
        }
    }

    #[inline]
    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        let now = call.now();
        let until = call.patience(self.settings.patience());
        let key = call.key().and_then(|key| self.find(key));
        let (taken, token) = self.counts.take(key, &Take { now, cost: call.cost().get(), until });
        match taken {
            Taken::At(ready) => {
                self.stats.admit();
                if ready > now { Entry::GoAt(token, ready) } else { Entry::Go(token) }
            }
            Taken::Not { why, burst } => {
                // Else it is the rule that lets nobody wait for so long.
                let hurry = call.deadline().filter(|deadline| *deadline <= until);
                Entry::Refuse(self.refuse(why, burst, now, hurry))
            }
        }
    }

    /// The refusal of a call that asks at `now`, and that would wait but for its deadline if it is in
    /// a hurry.
    #[inline(never)]
    fn refuse(&self, why: Denied, burst: Option<u32>, now: Tick, hurry: Option<Tick>) -> Refusal {
        self.stats.refuse();
        let limit = burst.map_or(0, u64::from);
        match why {
            Denied::Until(at) => {
                let kind = match hurry {
                    Some(deadline) if at > deadline => RefusalKind::Deadline,
                    _ => RefusalKind::RateLimited,
                };
                let refusal = Refusal::new(kind, &self.layer);
                refusal.with_retry_after(at.since(now)).with_limit(limit)
            }
            Denied::Never => {
                Refusal::new(RefusalKind::CostAboveLimit, &self.layer).with_limit(limit)
            }
        }
    }

    fn look(&self, key: Option<Key<'_>>, cost: NonZeroU32, now: Tick) -> KeyStatus {
        let key = key.and_then(|key| self.find(key));
        self.counts.look(key, &Look { now, cost: cost.get() })
    }
}

impl Backend for RateLimiter {
    fn layer(&self) -> &Layer {
        &self.inner.layer
    }

    #[inline]
    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        self.inner.enter(call)
    }

    #[inline]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.inner.stats.end(exit.verdict());
        if exit.verdict() == Verdict::Unused {
            self.inner.counts.give_back(token, exit.now(), exit.cost().get());
        }
    }

    /// What there is for calls without a key, how many keys are counted, and the books of all keys
    /// together.
    fn status(&self, now: Tick) -> Status {
        let unkeyed = self.inner.look(None, NonZeroU32::MIN, now);
        let state = if unkeyed.is_allowed { "ready" } else { "used_up" };
        let status = Status::new(&self.inner.layer, state)
            .with_retry_after(unkeyed.retry_after)
            .with("limit", unkeyed.limit)
            .with("remaining", unkeyed.remaining)
            .with("keys", self.inner.counts.keys().room().kept());
        self.inner.stats.add_to(status)
    }
}

impl Limiter for RateLimiter {
    fn peek(&self, call: &Call<'_>) -> KeyStatus {
        self.inner.look(call.key(), call.cost(), call.now())
    }

    fn refund(&self, call: &Call<'_>) {
        let now = call.now();
        let key = call.key().and_then(|key| self.inner.find(key));
        self.inner.counts.apply(key, &Refund { now, cost: call.cost().get() }, now);
    }

    fn reset(&self, call: &Call<'_>) {
        let key = call.key().and_then(|key| self.inner.find(key));
        self.inner.counts.apply(key, &Reset, call.now());
    }

    fn exhaust(&self, call: &Call<'_>) -> u64 {
        let now = call.now();
        let key = call.key().and_then(|key| self.inner.find(key));
        self.inner.counts.apply(key, &Exhaust { now }, now)
    }
}
