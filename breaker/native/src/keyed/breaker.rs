use std::future::Future;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Driver, Entry, Error, Exit, Guarded, InvalidOption, Key, KeyHash, KeyParts,
    Layer, Name, Refusal, Status, Tick, Token,
};

use crate::breaker::random;
use crate::handle::Handle;
use crate::keyed::circuits::KeyedCircuits;
use crate::{BreakerOptions, BreakerStatus, KeyOptions, KeyedStatus};

/// A named circuit breaker with a circuit for each key, such as a host or a tenant. Cheap to clone;
/// clones are the same breaker.
///
/// A key is anything that has [`KeyParts`]: a text, a number, or a tuple of these. Only a hash of each key
/// is kept, and no more keys than [`KeyOptions::max_keys`]. A call with a known key allocates nothing,
/// except for the first probe each time that its circuit is half-open.
///
/// By itself it runs calls with [`execute`](Self::execute). Together with other protections, it is a
/// [`Backend`] that any [`Driver`] leads calls through; about its clock and nested calls, see
/// [`CircuitBreaker`](crate::CircuitBreaker). Calls without a key have a circuit of their own.
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
pub struct KeyedBreaker(Handle<KeyedCircuits>);

impl KeyedBreaker {
    /// Starts a breaker without keys. Each key begins with a closed circuit under `options`.
    ///
    /// # Errors
    /// Returns an error if an option is out of its range.
    pub fn start(options: &BreakerOptions, keys: &KeyOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        keys.validate(&options.name)?;
        let circuits = KeyedCircuits::new(options, keys, random());
        Ok(Self(Handle::new(circuits, options.call_timeout)))
    }

    /// Returns the same breaker with its calls led by `driver`, which has a clock and observers.
    #[must_use]
    pub fn with_driver(self, driver: Driver) -> Self {
        Self(self.0.with_driver(driver))
    }

    /// Returns the name of the breaker.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.layer().name()
    }

    /// Runs `op` if the circuit of `key` admits it, and cuts it after `timeout`.
    ///
    /// # Errors
    /// Returns [`Error::Refused`] if the circuit is open, with the time until a retry may be admitted, or
    /// if there is no room for the key and such keys are rejected; [`Error::TimedOut`] if `op` was cut,
    /// and [`Error::Failed`] with its own error: these two count as failures of the key.
    ///
    /// # Panics
    /// Panics if `op` does, which counts as a failure.
    #[inline]
    pub fn execute<'a, T, E, O>(
        &'a self,
        key: impl KeyParts + Send + Sync + 'a,
        op: impl FnOnce() -> O,
        timeout: Duration,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.protect().key(key).timeout(timeout).run(op)
    }

    /// Runs `op` as [`execute`](Self::execute) does, and returns the value of `refused` where it is
    /// refused: a default, or what was known before.
    ///
    /// # Errors
    /// Returns [`Error::TimedOut`] if `op` was cut, and [`Error::Failed`] with its own error.
    ///
    /// # Panics
    /// Panics if `op` or `refused` does.
    pub async fn execute_or<T, E, O>(
        &self,
        key: impl KeyParts + Send + Sync,
        op: impl FnOnce() -> O,
        timeout: Duration,
        refused: impl FnOnce(&Refusal) -> T,
    ) -> Result<T, Error<E>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.execute(key, op, timeout).await.or_else(|error| error.or_value(refused))
    }

    /// Runs `op` on this thread if the circuit of `key` admits it. If it takes longer than the breaker's
    /// `call_timeout`, it counts as a failure, and its result is returned all the same.
    ///
    /// # Errors
    /// Returns [`Error::Refused`] as [`execute`](Self::execute) does, and [`Error::Failed`] with the error
    /// of `op`.
    ///
    /// # Panics
    /// Panics if `op` does, which counts as a failure.
    pub fn execute_blocking<T, E>(
        &self,
        key: impl KeyParts + Send + Sync,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Error<E>> {
        self.protect().key(key).run_blocking(op)
    }

    /// Begins a call through this breaker, to be configured further (its key, a classifier, a deadline) and
    /// run.
    #[inline]
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.0.protect(self)
    }

    /// Returns the status of the circuit of `key`, or `None` if the key is not kept. Reading it changes
    /// nothing.
    ///
    /// The next call of a key that is not kept finds a closed circuit or, if there is no room then, what
    /// [`KeyOptions::overflow`] says.
    #[must_use]
    pub fn status(&self, key: impl KeyParts + Send + Sync) -> Option<BreakerStatus> {
        self.0.circuits.describe_key(Key::new(&key), self.0.clock())
    }

    /// Returns the status of all circuits. It walks through all keys, one shard at a time, and changes
    /// nothing.
    #[must_use]
    pub fn summary(&self) -> KeyedStatus {
        self.0.circuits.describe(self.0.clock())
    }

    /// Returns the number of keys that are kept. It is never above `max_keys`, except for a while after
    /// [`reconfigure`](Self::reconfigure) has lowered that.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.0.circuits.keys()
    }

    /// Returns the keys whose circuits are not closed, each by its [`hash`](Self::hash), in no order. Keys
    /// under manual control are among them.
    ///
    /// It walks through all keys, one shard at a time, and changes nothing.
    #[must_use]
    pub fn not_closed(&self) -> Vec<(KeyHash, BreakerStatus)> {
        self.0.circuits.not_closed(self.0.clock())
    }

    /// Returns what `key` is kept under, or `None` if all calls have the same circuit. It tells nothing
    /// about the key, and means nothing outside of this breaker.
    #[must_use]
    pub fn hash(&self, key: impl KeyParts + Send + Sync) -> Option<KeyHash> {
        self.0.circuits.find(Key::new(&key))
    }

    /// Puts all keys under other options. What was counted stays as far as it means the same: see
    /// [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure). Keys above a lower `max_keys`
    /// are forgotten as soon as they can be. The name and the call timeout stay what they were.
    ///
    /// # Errors
    /// Returns an error if an option is out of its range, or if `key_parts` is another one, since keys would
    /// not be found again. Then nothing changes.
    pub fn reconfigure(
        &self,
        options: &BreakerOptions,
        keys: &KeyOptions,
    ) -> Result<(), InvalidOption> {
        options.validate()?;
        self.0.circuits.reconfigure(options, keys, self.0.clock())
    }

    pub(crate) fn handle(&self) -> &Handle<KeyedCircuits> {
        &self.0
    }
}

impl Backend for KeyedBreaker {
    fn layer(&self) -> &Layer {
        self.0.circuits.layer()
    }

    #[inline]
    fn enter(&self, call: &Call<'_>) -> Entry {
        self.0.circuits.enter(call)
    }

    #[inline]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.0.circuits.exit(token, exit);
    }

    /// Returns the number of keys, in all and in each state, and the numbers of all calls.
    fn status(&self, now: Tick) -> Status {
        Backend::status(&*self.0.circuits, now)
    }
}
