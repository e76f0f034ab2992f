use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use seawall_core::{
    Backend, Call, Component, Driver, Entry, Exit, Guarded, InvalidOption, Key, KeyHash, KeyParts,
    KeySeed, Layer, Name, Refusal, RefusalKind, Status, Tally, Tick, Token, Verdict,
};

use crate::cells::{Cells, Question, Shared, Still};
use crate::{KeyStatus, Rule};

type Governor = governor::RateLimiter<Question, Shared, Still, NoOpMiddleware<Nanos>>;

/// A rate limiter that keeps one named rule, for each key apart. Cheap to clone; clones count
/// together.
///
/// By itself it answers [`check_rate`](Self::check_rate). Together with other protections, it is a
/// [`Backend`] that any [`Driver`] leads calls through; a call that a later layer refuses gets its
/// tokens back.
#[derive(Clone, Debug)]
pub struct RateLimiter {
    inner: Arc<Inner>,
    driver: Driver,
}

struct Inner {
    layer: Layer,
    rule: Rule,
    token: Duration,
    seed: KeySeed,
    cells: Arc<Cells>,
    governor: Governor,
    tally: Tally,
}

impl RateLimiter {
    /// Starts a limiter that keeps `rule`; all its buckets are full.
    ///
    /// # Errors
    /// If no time, or more than a century, is asked of the rule's arithmetic.
    pub fn start(rule: &Rule) -> Result<Self, InvalidOption> {
        let cells = Arc::new(Cells::new(rule.max_keys as usize));
        let inner = Inner {
            layer: Layer::new(Component::RateLimiter, rule.name.clone()),
            rule: rule.clone(),
            token: rule.token()?,
            seed: KeySeed::random(),
            governor: Governor::new(rule.quota()?, Shared(Arc::clone(&cells)), Still),
            cells,
            tally: Tally::new(),
        };
        Ok(Self { inner: Arc::new(inner), driver: Driver::new() })
    }

    /// The same limiter, its calls led by `driver`: for another clock, or observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// The rule's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.inner.layer.name()
    }

    /// Takes `cost` tokens of `key`'s, or none.
    ///
    /// # Errors
    /// If there are too few, with the time until there are enough; or if there can never be as many,
    /// which is [`RefusalKind::CostAboveLimit`].
    pub fn check_rate(&self, key: impl KeyParts + Sync, cost: u32) -> Result<(), Refusal> {
        self.protect().key(key).cost(cost).acquire_blocking().map(seawall_core::Permit::success)
    }

    /// What the rule has left for `key`. Takes nothing.
    #[must_use]
    pub fn key_status(&self, key: impl KeyParts + Sync) -> KeyStatus {
        let hash = self.inner.hash(Key::new(&key));
        self.inner.describe(Some(hash), self.driver.clock().now())
    }

    /// A call under this rule, to be described further (a key, a cost) and run.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }
}

impl Inner {
    fn hash(&self, key: Key<'_>) -> KeyHash {
        key.hash(&self.seed)
    }

    fn describe(&self, key: Option<KeyHash>, now: Tick) -> KeyStatus {
        let missing = self.cells.peek(key).missing(now).unwrap_or_default();
        KeyStatus::new(self.rule.burst, self.token, missing)
    }

    #[cold]
    fn refuse(&self, kind: RefusalKind) -> Refusal {
        self.tally.refuse();
        Refusal::new(kind, &self.layer).with_limit(self.rule.burst.into())
    }
}

impl Backend for RateLimiter {
    fn layer(&self) -> &Layer {
        &self.inner.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        let inner = &self.inner;
        let question = Question::new(call.key().map(|key| inner.hash(key)), call.now());
        match inner.governor.check_key_n(&question, call.cost()) {
            Ok(Ok(())) => {
                inner.tally.admit();
                Entry::Go(question.taken())
            }
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(Nanos::new(0));
                Entry::Refuse(inner.refuse(RefusalKind::RateLimited).with_retry_after(wait))
            }
            Err(_) => Entry::Refuse(inner.refuse(RefusalKind::CostAboveLimit)),
        }
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.inner.tally.end(exit.verdict());
        if exit.verdict() == Verdict::Unused {
            self.inner.cells.give_back(token, self.inner.token * exit.cost().get());
        }
    }

    /// The status of the bucket for calls without a key, how many keys are counted, and the books of
    /// all keys together.
    fn status(&self, now: Tick) -> Status {
        let unkeyed = self.inner.describe(None, now);
        let state = if unkeyed.remaining == 0 { "used_up" } else { "ready" };
        let status = Status::new(&self.inner.layer, state)
            .with_retry_after(unkeyed.retry_after)
            .with("limit", unkeyed.limit.into())
            .with("remaining", unkeyed.remaining.into())
            .with("keys", self.inner.cells.keys() as u64);
        self.inner.tally.add_to(status)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("rule", &self.rule).finish_non_exhaustive()
    }
}
