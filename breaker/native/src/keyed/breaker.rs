use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Driver, Entry, Error, Exit, Guarded, InvalidOption, Key, KeyHash, KeyParts,
    Layer, Name, Refusal, Status, Tick, Token,
};

use crate::breaker::chance;
use crate::keyed::circuits::Circuits;
use crate::sync::lock;
use crate::{BreakerOptions, BreakerStatus, KeyOptions, KeyedStatus};

/// A named circuit breaker with a circuit for each key: each host, each tenant. Cheap to clone; clones
/// are the same breaker.
///
/// A key is anything that has [`KeyParts`]: a text, a number, or a tuple of these. Of no key is more kept
/// than a hash and its circuit, and of no more keys than [`KeyOptions::max_keys`]. A call on a key that is
/// known allocates nothing, but for the first probe of its circuit.
///
/// By itself it runs calls with [`execute`](Self::execute). Together with other protections, it is a
/// [`Backend`] that any [`Driver`] leads calls through. Calls without a key have a circuit too, which is
/// theirs alone.
///
/// ```
/// use seawall_breaker::{BreakerOptions, KeyOptions, KeyedBreaker, State};
///
/// let options = BreakerOptions::new("partners").failures(1);
/// let partners = KeyedBreaker::start(&options, &KeyOptions::new())?;
/// let failed = partners.execute_blocking(("host", "a"), || Err::<(), _>("no answer"));
/// assert!(failed.is_err());
/// assert_eq!(partners.status(("host", "a")).map(|status| status.state), Some(State::Open));
/// let other = partners.execute_blocking(("host", "b"), || Ok::<_, &str>(42));
/// assert_eq!(other.expect("its circuit is closed"), 42);
/// # Ok::<(), seawall_breaker::InvalidOption>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeyedBreaker {
    pub(super) circuits: Arc<Circuits>,
    pub(super) driver: Driver,
    call_timeout: Option<Duration>,
}

impl KeyedBreaker {
    /// Starts one with no keys yet; each begins with a closed circuit under `options`.
    ///
    /// # Errors
    /// If a time is zero, or a count absurd.
    pub fn start(options: &BreakerOptions, keys: &KeyOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        let circuits = Circuits::new(options, keys, chance());
        keys.validate(circuits.layer())?;
        Ok(Self {
            circuits: Arc::new(circuits),
            driver: Driver::new(),
            call_timeout: options.call_timeout,
        })
    }

    /// The same breaker, its calls led by `driver`: for another clock, or observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// The breaker's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.circuits.layer().name()
    }

    /// Runs `op` if `key`'s circuit lets it, and cuts it after `timeout`.
    ///
    /// # Errors
    /// [`Error::Refused`] if the circuit is open, with the time after which to try again, or if there is
    /// no room for the key and such keys are rejected; [`Error::TimedOut`] if `op` was cut;
    /// [`Error::Failed`] with its own error. The latter two count as failures of the key.
    ///
    /// # Panics
    /// If `op` does, which counts as a failure.
    #[inline]
    pub fn execute<T, E, O>(
        &self,
        key: impl KeyParts + Sync,
        op: impl FnOnce() -> O,
        timeout: Duration,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.protect().key(key).timeout(timeout).run(op)
    }

    /// As [`execute`](Self::execute), with a value for when the circuit does not let it: a default, or
    /// what was known before.
    ///
    /// # Errors
    /// [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with its own error.
    ///
    /// # Panics
    /// If `op` or `refused` does.
    pub async fn execute_or<T, E, O>(
        &self,
        key: impl KeyParts + Sync,
        op: impl FnOnce() -> O,
        timeout: Duration,
        refused: impl FnOnce(&Refusal) -> T,
    ) -> Result<T, Error<E>>
    where
        O: Future<Output = Result<T, E>>,
    {
        match self.execute(key, op, timeout).await {
            Err(Error::Refused(refusal)) => Ok(refused(&refusal)),
            result => result,
        }
    }

    /// Runs `op` on this thread if `key`'s circuit lets it. One that takes longer than the breaker's call
    /// timeout counts as a failure; its result is returned all the same.
    ///
    /// # Errors
    /// [`Error::Refused`] as in [`execute`](Self::execute); [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` does, which counts as a failure.
    pub fn execute_blocking<T, E>(
        &self,
        key: impl KeyParts + Sync,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Error<E>> {
        self.protect().key(key).run_blocking(op)
    }

    /// A call through this breaker, to be described further (its key, a classifier, a deadline) and run.
    #[inline]
    pub fn protect(&self) -> Guarded<'_, Self> {
        let call = self.driver.protect(self);
        match self.call_timeout {
            Some(timeout) => call.timeout(timeout),
            None => call,
        }
    }

    /// What there is to say about `key`'s circuit; `None` if the key is not kept. Asking changes nothing.
    ///
    /// A key that is not kept has nothing to its account. Its next call finds a closed circuit, or if
    /// there is no room then, whatever [`KeyOptions::overflow`] says.
    #[must_use]
    pub fn status(&self, key: impl KeyParts + Sync) -> Option<BreakerStatus> {
        let now = self.driver.clock().now();
        match self.circuits.find(Key::new(&key)) {
            Some(key) => lock(self.circuits.shard_of(key)).describe(key, now),
            None => Some(self.circuits.unkeyed.describe(now)),
        }
    }

    /// What there is to say about all circuits. It walks through all keys, a part of them at a time, and
    /// changes nothing.
    #[must_use]
    pub fn summary(&self) -> KeyedStatus {
        self.circuits.describe(self.driver.clock().now())
    }

    /// How many keys are kept, which is never more than may be; but right after
    /// [`reconfigure`](Self::reconfigure) with fewer.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.circuits.room.kept()
    }

    /// The keys whose circuits are not closed, each by its [`hash`](Self::hash), in no order. Those in
    /// somebody's hand are among them.
    ///
    /// It walks through all keys, a part of them at a time, and changes nothing.
    #[must_use]
    pub fn not_closed(&self) -> Vec<(KeyHash, BreakerStatus)> {
        let now = self.driver.clock().now();
        let mut found = Vec::new();
        for shard in &self.circuits.shards {
            found.extend(lock(shard).not_closed(now));
        }
        found
    }

    /// What `key` is kept under; `None` if all calls have the same circuit. It tells nothing about the key,
    /// and nothing outside of this breaker.
    #[must_use]
    pub fn hash(&self, key: impl KeyParts + Sync) -> Option<KeyHash> {
        self.circuits.find(Key::new(&key))
    }

    /// Has all keys go on under other options, without losing what was counted as far as it means the
    /// same: see [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure). Keys that are kept
    /// beyond a new `max_keys` are forgotten as soon as they can be. The name and the call timeout stay
    /// what they were.
    ///
    /// # Errors
    /// If an option is invalid, or `key_parts` is another: keys would not be found again. Then nothing
    /// changes.
    pub fn reconfigure(
        &self,
        options: &BreakerOptions,
        keys: &KeyOptions,
    ) -> Result<(), InvalidOption> {
        let circuits = &self.circuits;
        options.validate()?;
        keys.validate(circuits.layer())?;
        if keys.key_parts != circuits.key_parts() {
            let problem = "cannot change while the breaker is running";
            return Err(InvalidOption::new(circuits.layer(), "key_parts", problem));
        }
        let options = Arc::new(options.clone());
        let now = self.driver.clock().now();
        let _alone = lock(&circuits.changing);
        for engine in [&circuits.unkeyed, &circuits.shared] {
            engine.with(now, |machine, at| machine.reconfigure(Arc::clone(&options), at));
        }
        for shard in &circuits.shards {
            lock(shard).reconfigure(&options, keys, now);
        }
        circuits.room.change(keys.max_keys.into(), keys.overflow);
        circuits.shrink(now);
        Ok(())
    }
}

/// A keyed breaker, for as long as others keep it.
#[derive(Debug)]
pub(crate) struct WeakKeyed {
    circuits: Weak<Circuits>,
    driver: Driver,
    call_timeout: Option<Duration>,
}

impl KeyedBreaker {
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.circuits, &other.circuits)
    }

    pub(crate) fn downgrade(&self) -> WeakKeyed {
        let Self { circuits, driver, call_timeout } = self;
        let circuits = Arc::downgrade(circuits);
        WeakKeyed { circuits, driver: driver.clone(), call_timeout: *call_timeout }
    }
}

impl WeakKeyed {
    pub(crate) fn upgrade(&self) -> Option<KeyedBreaker> {
        let Self { circuits, driver, call_timeout } = self;
        let circuits = circuits.upgrade()?;
        Some(KeyedBreaker { circuits, driver: driver.clone(), call_timeout: *call_timeout })
    }
}

impl Backend for KeyedBreaker {
    fn layer(&self) -> &Layer {
        self.circuits.layer()
    }

    #[inline]
    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        self.circuits.enter(call)
    }

    #[inline]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.circuits.exit(token, exit);
    }

    /// How many keys there are, and how many in each state; and the books of all calls.
    fn status(&self, now: Tick) -> Status {
        Backend::status(&*self.circuits, now)
    }
}
