use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use governor::NotUntil;
use governor::clock::Clock;
use governor::middleware::RateLimitingMiddleware;
use governor::state::direct::{DirectStateStore, NotKeyed};
use governor::state::keyed::ShrinkableKeyedStateStore;
use seawall_core::{
    Backend, Call, CallStats, Component, Driver, Entry, Exit, Guarded, InvalidOption, Key,
    KeyParts, Layer, Name, Permit, Refusal, RefusalKind, Status, Tick, Token, WithKey,
};

use crate::Rule;
use crate::existing::{Keyed, Unkeyed};
use crate::library::{Denied, Library};
use crate::own::Own;

/// Limits the rate of calls by one of governor's limiters. Clones are cheap and share the counts.
///
/// Use [`check_rate`](Self::check_rate) to check calls with it alone. Together with other
/// protections it is a [`Backend`] for any [`Driver`]. A cost of zero counts as one.
#[derive(Clone)]
pub struct RateLimiter {
    inner: Arc<Inner>,
    driver: Driver,
}

struct Inner {
    layer: Layer,
    library: Box<dyn Library>,
    /// The burst, if it is known.
    limit: Option<u32>,
    max_wait: Duration,
    stats: CallStats,
}

impl RateLimiter {
    /// Starts governor's limiters for `rule`; all keys are unused. They go by the driver's clock.
    ///
    /// # Errors
    /// If an option is zero, or a bucket would take more than a century to fill.
    pub fn start(rule: &Rule) -> Result<Self, InvalidOption> {
        Self::over(rule.name.clone(), Own::new(rule)?, Some(rule.burst), rule.max_wait)
    }

    /// Uses `limiter`, which the application made, for all calls, whatever their keys. It goes by its
    /// own clock, and the application may use it directly as well.
    ///
    /// # Errors
    /// If `name` is blank.
    pub fn from_limiter<S, C, M>(
        name: impl Into<Name>,
        limiter: Arc<governor::RateLimiter<NotKeyed, S, C, M>>,
    ) -> Result<Self, InvalidOption>
    where
        S: DirectStateStore + Send + Sync + 'static,
        C: Clock + Send + Sync + 'static,
        M: RateLimitingMiddleware<C::Instant, NegativeOutcome = NotUntil<C::Instant>>
            + Send
            + Sync
            + 'static,
    {
        Self::over(name.into(), Unkeyed(limiter), None, Duration::ZERO)
    }

    /// Uses `limiter`, which the application made, with the key that `key` returns for that of a call:
    /// for example by [`Key::reveal`]. It goes by its own clock; the application forgets unused keys
    /// as before, by `retain_recent`.
    ///
    /// # Errors
    /// If `name` is blank.
    pub fn from_keyed_limiter<K, S, C, M>(
        name: impl Into<Name>,
        limiter: Arc<governor::RateLimiter<K, S, C, M>>,
        key: impl Fn(Option<Key<'_>>) -> K + Send + Sync + 'static,
    ) -> Result<Self, InvalidOption>
    where
        K: Hash + Send + Sync + 'static,
        S: ShrinkableKeyedStateStore<K> + Send + Sync + 'static,
        C: Clock + Send + Sync + 'static,
        M: RateLimitingMiddleware<C::Instant, NegativeOutcome = NotUntil<C::Instant>>
            + Send
            + Sync
            + 'static,
    {
        Self::over(name.into(), Keyed { limiter, key: Box::new(key) }, None, Duration::ZERO)
    }

    fn over(
        name: Name,
        library: impl Library + 'static,
        limit: Option<u32>,
        max_wait: Duration,
    ) -> Result<Self, InvalidOption> {
        name.validate(Component::RateLimiter)?;
        let inner = Inner {
            layer: Layer::new(Component::RateLimiter, name),
            library: Box::new(library),
            limit,
            max_wait,
            stats: CallStats::new(),
        };
        Ok(Self { inner: Arc::new(inner), driver: Driver::new() })
    }

    /// Runs the limiter's calls through `driver`, with its clock and observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// Returns the limiter's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.inner.layer.name()
    }

    /// Takes `cost` tokens from `key`, or none. Never waits, whatever the rule says.
    ///
    /// # Errors
    /// If there are too few tokens, with the time until there are enough; or
    /// [`RefusalKind::CostAboveLimit`] if there can never be enough.
    pub fn check_rate(&self, key: impl KeyParts + Send + Sync, cost: u32) -> Result<(), Refusal> {
        self.call(key, cost).max_wait(Duration::ZERO).acquire_blocking().map(Permit::success)
    }

    /// Takes `cost` tokens from `key`, waiting until they are available, at most `deadline` from
    /// now. Waiters have no order: each asks again when its tokens may be there.
    ///
    /// # Errors
    /// As soon as it is known that the tokens will not be available in time; otherwise as
    /// [`check_rate`](Self::check_rate).
    pub async fn wait(
        &self,
        key: impl KeyParts + Send + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.call(key, cost).max_wait(deadline).acquire().await.map(Permit::success)
    }

    /// As [`wait`](Self::wait), blocking the current thread.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_blocking(
        &self,
        key: impl KeyParts + Send + Sync,
        cost: u32,
        deadline: Duration,
    ) -> Result<(), Refusal> {
        self.call(key, cost).max_wait(deadline).acquire_blocking().map(Permit::success)
    }

    /// Starts to describe a call under this limit, for example its key and cost.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }

    fn call<K: KeyParts + Send + Sync>(&self, key: K, cost: u32) -> Guarded<'_, Self, WithKey<K>> {
        self.protect().key(key).cost(cost)
    }
}

impl Inner {
    fn refuse(&self, kind: RefusalKind, limit: Option<u32>) -> Refusal {
        self.stats.refuse();
        let refusal = Refusal::new(kind, &self.layer);
        match limit {
            Some(limit) => refusal.with_limit(limit.into()),
            None => refusal,
        }
    }
}

impl Backend for RateLimiter {
    fn layer(&self) -> &Layer {
        &self.inner.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        let inner = &*self.inner;
        let wait = match inner.library.take(call) {
            Ok(()) => {
                inner.stats.admit();
                return Entry::Go(Token::default());
            }
            Err(Denied::Always(capacity)) => {
                return Entry::Refuse(inner.refuse(RefusalKind::CostAboveLimit, Some(capacity)));
            }
            Err(Denied::For(wait)) => wait,
        };
        let (at, patience) = (call.now() + wait, call.patience(inner.max_wait));
        if at <= patience && patience > call.now() {
            return Entry::AskAt(at);
        }
        let kind = match call.deadline() {
            Some(deadline) if deadline <= patience => RefusalKind::Deadline,
            _ => RefusalKind::RateLimited,
        };
        Entry::Refuse(inner.refuse(kind, inner.limit).with_retry_after(wait))
    }

    fn expire(&self, _token: Option<Token>) {
        self.inner.stats.refuse();
    }

    /// Counts the end. The tokens stay taken, also those of a call that did not run: governor takes
    /// none back.
    fn exit(&self, _token: Token, exit: &Exit<'_>) {
        self.inner.stats.end(exit.verdict());
    }

    /// Returns the statistics of all calls together, and the number of keys in the store.
    fn status(&self, _now: Tick) -> Status {
        let status = Status::new(&self.inner.layer, "ready");
        let gauges = [
            ("limit", self.inner.limit.map(u64::from), "{token}"),
            ("keys", self.inner.library.keys().map(|keys| keys as u64), "{key}"),
        ];
        let known = gauges.into_iter().filter_map(|(name, value, unit)| Some((name, value?, unit)));
        let status =
            known.fold(status, |status, (name, value, unit)| status.with_gauge(name, value, unit));
        self.inner.stats.add_to(status)
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("layer", &self.inner.layer).finish_non_exhaustive()
    }
}
