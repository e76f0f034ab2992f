use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Change, Detail, Driver, Entry, Error, Exit, Guarded, Layer, Name, Refusal,
    Status, Tick, Token, Topic,
};

use crate::engine::Engine;
use crate::machine::{Machine, Moment};
use crate::{BreakerOptions, BreakerStatus, InvalidOption, InvalidSnapshot, Snapshot, State};

/// A named circuit breaker. Cheap to clone; clones are the same breaker.
///
/// By itself it runs calls with [`execute`](Self::execute). Together with other protections, it is a
/// [`Backend`] that any [`Driver`] leads calls through.
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    engine: Arc<Engine>,
    driver: Driver,
    call_timeout: Option<Duration>,
}

impl CircuitBreaker {
    /// Starts a breaker, closed.
    ///
    /// # Errors
    /// If a time is zero or the threshold absurd.
    pub fn start(options: &BreakerOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        // Whose clock it will go by is not known yet; its origin is common to all.
        let engine = Arc::new(Engine::new(options.clone(), chance(), Tick::ZERO));
        Ok(Self { engine, driver: Driver::new(), call_timeout: options.call_timeout })
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
        self.engine.layer().name()
    }

    /// Runs `op` if the circuit lets it, and cuts it after `timeout`.
    ///
    /// # Errors
    /// [`Error::Refused`] if the circuit is open, with the time after which to try again;
    /// [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with its own error. The latter two
    /// count as failures.
    ///
    /// # Panics
    /// If `op` does, which counts as a failure.
    #[inline]
    pub fn execute<T, E, O>(
        &self,
        op: impl FnOnce() -> O,
        timeout: Duration,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.protect().timeout(timeout).run(op)
    }

    /// As [`execute`](Self::execute), with a value for when the circuit does not let it: a default, or
    /// what was known before.
    ///
    /// # Errors
    /// [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with its own error.
    ///
    /// # Panics
    /// If `op` or `refused` does.
    pub fn execute_or<T, E, O>(
        &self,
        op: impl FnOnce() -> O,
        timeout: Duration,
        refused: impl FnOnce(&Refusal) -> T,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.protect().timeout(timeout).run_or(op, refused)
    }

    /// Runs `op` on this thread if the circuit lets it. One that takes longer than the breaker's
    /// call timeout counts as a failure; its result is returned all the same.
    ///
    /// # Errors
    /// [`Error::Refused`] if the circuit is open; [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` does, which counts as a failure.
    pub fn execute_blocking<T, E>(&self, op: impl FnOnce() -> Result<T, E>) -> Result<T, Error<E>> {
        self.protect().run_blocking(op)
    }

    /// As [`execute_blocking`](Self::execute_blocking), with a value for when the circuit does not let
    /// it.
    ///
    /// # Errors
    /// [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` or `refused` does.
    pub fn execute_blocking_or<T, E>(
        &self,
        op: impl FnOnce() -> Result<T, E>,
        refused: impl FnOnce(&Refusal) -> T,
    ) -> Result<T, Error<E>> {
        self.protect().run_blocking_or(op, refused)
    }

    /// A call through this breaker, to be described further (a classifier, a deadline) and run.
    #[inline]
    pub fn protect(&self) -> Guarded<'_, Self> {
        let call = self.driver.protect(self);
        match self.call_timeout {
            Some(timeout) => call.timeout(timeout),
            None => call,
        }
    }

    /// Refuses all calls until someone says otherwise.
    pub fn force_open(&self) {
        self.set(State::ForcedOpen);
    }

    /// Lets all calls through and counts nothing, until someone says otherwise.
    pub fn disable(&self) {
        self.set(State::Disabled);
    }

    /// Lets all calls through and counts, until someone says otherwise. When a rule is broken, a
    /// state change to `would_open` is told, once until it is broken anew.
    pub fn observe(&self) {
        self.set(State::Observing);
    }

    /// Closes the circuit and forgets what was counted, in whatever state it is.
    pub fn reset(&self) {
        self.set(State::Closed);
    }

    /// Opens the circuit for `wait`, after which it is probed. It does not heal before that, or without
    /// a probe, whatever the options say.
    pub fn trip(&self, wait: Duration) {
        self.act(|machine, at| machine.trip(wait, at));
    }

    pub(crate) fn set(&self, state: State) {
        self.act(|machine, at| machine.set(state, at));
    }

    /// Goes on under other options, without losing what was counted as far as it means the same: the
    /// failures within the window and in a row, the rates if their window is the same, what probes have
    /// shown if there are as many and as many have to succeed. A circuit that is open stays so for as
    /// long as the new options say, from when it opened; unless it was [tripped](Self::trip), or was told
    /// by what it called when to come back. Its name and its call timeout stay what they were.
    ///
    /// # Errors
    /// If an option is invalid; then nothing changes.
    pub fn reconfigure(&self, options: &BreakerOptions) -> Result<(), InvalidOption> {
        options.validate()?;
        self.act(|machine, at| {
            machine.reconfigure(Arc::new(options.clone()), at);
            None
        });
        Ok(())
    }

    /// What to carry over a restart.
    #[must_use]
    pub fn export(&self) -> Snapshot {
        let now = self.driver.clock().now();
        self.engine.with(now, |machine, _| machine.export(now))
    }

    /// Goes on where another left off.
    ///
    /// # Errors
    /// If no breaker can have given `snapshot`; then nothing changes.
    pub fn import(&self, snapshot: &Snapshot) -> Result<(), InvalidSnapshot> {
        snapshot.validate()?;
        self.act(|machine, at| machine.import(snapshot, at));
        Ok(())
    }

    /// Does something to the machine; what changes is told as if a call had changed it.
    fn act(&self, act: impl FnOnce(&mut Machine, Moment) -> Option<Change>) {
        let change = self.engine.with(self.driver.clock().now(), act);
        if let Some(change) = change {
            self.driver
                .emit(Topic::BreakerChanged, self.engine.layer(), || Detail::Changed(change));
        }
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.engine, &other.engine)
    }

    pub(crate) fn downgrade(&self) -> WeakBreaker {
        WeakBreaker {
            engine: Arc::downgrade(&self.engine),
            driver: self.driver.clone(),
            call_timeout: self.call_timeout,
        }
    }

    /// What there is to say about it. Asking changes nothing.
    #[must_use]
    pub fn status(&self) -> BreakerStatus {
        self.engine.describe(self.driver.clock().now())
    }
}

/// A breaker, for as long as others keep it.
#[derive(Debug)]
pub(crate) struct WeakBreaker {
    engine: Weak<Engine>,
    driver: Driver,
    call_timeout: Option<Duration>,
}

impl WeakBreaker {
    pub(crate) fn upgrade(&self) -> Option<CircuitBreaker> {
        Some(CircuitBreaker {
            engine: self.engine.upgrade()?,
            driver: self.driver.clone(),
            call_timeout: self.call_timeout,
        })
    }
}

/// A number that nobody can guess, from the standard library's source of them.
pub(crate) fn chance() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8)
}

impl Backend for CircuitBreaker {
    fn layer(&self) -> &Layer {
        self.engine.layer()
    }

    #[inline(always)]
    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        self.engine.enter(call)
    }

    #[inline(always)]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.engine.exit(token, exit);
    }

    fn status(&self, now: Tick) -> Status {
        Backend::status(&*self.engine, now)
    }
}
