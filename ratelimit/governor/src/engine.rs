use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use seawall_core::{
    Call, CallStats, Component, Entry, Exit, InvalidOption, KeyHash, KeySeed, KeyStatus, Layer,
    Refusal, RefusalKind, Status, Tick, Token, Verdict,
};

use crate::Rule;
use crate::cells::{Cells, Question, Shared, Still};
use crate::rule::LONGEST_FILL;

type Governor = governor::RateLimiter<Question, Shared, Still, NoOpMiddleware<Nanos>>;

/// One rule and its buckets.
pub(crate) struct Engine {
    pub(crate) layer: Layer,
    pub(crate) rule: Rule,
    /// The time in which one token flows in.
    token: Duration,
    seed: KeySeed,
    cells: Arc<Cells>,
    governor: Governor,
    stats: CallStats,
}

impl Engine {
    pub(crate) fn new(rule: &Rule) -> Result<Self, InvalidOption> {
        rule.name.validate(Component::RateLimiter)?;
        let cells = Arc::new(Cells::new(rule.max_keys as usize));
        Ok(Self {
            layer: Layer::new(Component::RateLimiter, rule.name.clone()),
            rule: rule.clone(),
            token: rule.token()?,
            seed: KeySeed::random(),
            governor: Governor::new(rule.quota()?, Shared(Arc::clone(&cells)), Still),
            cells,
            stats: CallStats::new(),
        })
    }

    pub(crate) fn enter(&self, call: &Call<'_>) -> Entry {
        match self.admit(call) {
            Ok((token, at)) => {
                self.stats.admit();
                if at > call.now() { Entry::GoAt(token, at) } else { Entry::Go(token) }
            }
            Err(refusal) => {
                self.stats.refuse();
                Entry::Refuse(refusal)
            }
        }
    }

    pub(crate) fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.stats.end(exit.verdict());
        if exit.verdict() == Verdict::Unused {
            self.cells.give_back(token, self.token * exit.cost().get());
        }
    }

    pub(crate) fn peek(&self, call: &Call<'_>) -> KeyStatus {
        self.describe(self.key(call), call.now(), call.cost().get())
    }

    pub(crate) fn refund(&self, call: &Call<'_>) {
        self.cells.refund(self.key(call), call.now(), self.token * call.cost().get());
    }

    pub(crate) fn reset(&self, call: &Call<'_>) {
        self.cells.reset(self.key(call));
    }

    pub(crate) fn exhaust(&self, call: &Call<'_>) -> u64 {
        let (key, now) = (self.key(call), call.now());
        loop {
            let left = self.left(self.missing(key, now));
            let Some(cost) = NonZeroU32::new(left) else { return 0 };
            // Between the look and the taking, others may have taken some.
            if self.ask(&Question::new(key, now), cost).is_ok() {
                return left.into();
            }
        }
    }

    /// The status of the bucket for calls without a key, how many keys are counted, and the books of
    /// all keys together.
    pub(crate) fn status(&self, now: Tick) -> Status {
        let unkeyed = self.describe(None, now, 1);
        let state = if unkeyed.remaining == 0 { "used_up" } else { "ready" };
        let status = Status::new(&self.layer, state)
            .with_retry_after(unkeyed.retry_after)
            .with_gauge("limit", unkeyed.limit, "{token}")
            .with_gauge("remaining", unkeyed.remaining, "{token}")
            .with_gauge("keys", self.cells.keys() as u64, "{key}");
        self.stats.add_to(status)
    }

    /// Takes the call's cost as of the earliest time at which it is available, if that is soon
    /// enough, and returns that time.
    ///
    /// A waiting call has taken its tokens, so later calls get later times: arrival order, and no
    /// large cost starves behind small ones.
    fn admit(&self, call: &Call<'_>) -> Result<(Token, Tick), Refusal> {
        let now = call.now();
        // Governor would multiply it without a check.
        if call.cost().get() > self.rule.burst {
            return Err(self.refusal(RefusalKind::CostAboveLimit));
        }
        let key = self.key(call);
        let mut at = now;
        loop {
            let question = Question::new(key, now).at_time(at);
            let Err(wait) = self.ask(&question, call.cost()) else {
                return Ok((question.taken(), at));
            };
            // Another call may take what is named here; then a later time is named.
            at = at + wait;
            if let Some(kind) = self.too_late(call, at) {
                return Err(self.refusal(kind).with_retry_after(at.since(now)));
            }
        }
    }

    /// Takes the cost, or says how long after the question's time there will be as much.
    fn ask(&self, question: &Question, cost: NonZeroU32) -> Result<(), Duration> {
        match self.governor.check_key_n(question, cost) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(not_until)) => Err(not_until.wait_time_from(Nanos::new(0))),
            Err(_) => unreachable!("no cost is above the burst"),
        }
    }

    /// Why the call cannot wait until `at`.
    #[cold]
    fn too_late(&self, call: &Call<'_>, at: Tick) -> Option<RefusalKind> {
        let patience = call.patience(self.rule.max_wait);
        match call.deadline() {
            Some(deadline) if deadline <= patience && at > deadline => Some(RefusalKind::Deadline),
            // Longer sums of times would overflow in governor.
            _ => (at > patience.min(call.now() + LONGEST_FILL)).then_some(RefusalKind::RateLimited),
        }
    }

    /// The hash under which the call is counted; `None` if it has no key, or no part of one counts.
    fn key(&self, call: &Call<'_>) -> Option<KeyHash> {
        let key = call.key()?;
        match self.rule.key_parts {
            None => Some(key.hash(&self.seed)),
            Some(0) => None,
            Some(parts) => Some(key.hash_prefix(parts, &self.seed)),
        }
    }

    fn missing(&self, key: Option<KeyHash>, now: Tick) -> Duration {
        self.cells.peek(key, now).missing(now).unwrap_or_default()
    }

    /// The tokens in a bucket that is `missing` away from being full.
    fn left(&self, missing: Duration) -> u32 {
        let spent = missing.as_nanos().div_ceil(self.token.as_nanos());
        self.rule.burst.saturating_sub(u32::try_from(spent).unwrap_or(u32::MAX))
    }

    fn describe(&self, key: Option<KeyHash>, now: Tick, cost: u32) -> KeyStatus {
        let (burst, missing) = (self.rule.burst, self.missing(key, now));
        let full = self.token * burst;
        let status = KeyStatus::full(now, burst.into(), full)
            .with_remaining(self.left(missing).into(), missing);
        if cost > burst {
            return status.denied(None);
        }
        let wait = (missing + self.token * cost).saturating_sub(full);
        if wait.is_zero() { status } else { status.denied(Some(wait)) }
    }

    #[cold]
    fn refusal(&self, kind: RefusalKind) -> Refusal {
        Refusal::new(kind, &self.layer).with_limit(self.rule.burst.into())
    }
}
