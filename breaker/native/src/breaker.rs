use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Driver, Entry, Error, Exit, Guarded, Layer, Name, Status, Tick, Token,
};

use crate::engine::Engine;
use crate::{BreakerOptions, BreakerStatus, InvalidOption};

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
        let engine = Arc::new(Engine::new(options));
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
    pub async fn execute<T, E, O>(
        &self,
        op: impl FnOnce() -> O,
        timeout: Duration,
    ) -> Result<T, Error<E>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.protect().timeout(timeout).run(op).await
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

    /// A call through this breaker, to be described further (a classifier, a deadline) and run.
    pub fn protect(&self) -> Guarded<'_, Self> {
        let call = self.driver.protect(self);
        match self.call_timeout {
            Some(timeout) => call.timeout(timeout),
            None => call,
        }
    }

    /// What there is to say about it. Asking changes nothing.
    #[must_use]
    pub fn status(&self) -> BreakerStatus {
        self.engine.describe(self.driver.clock().now())
    }
}

impl Backend for CircuitBreaker {
    fn layer(&self) -> &Layer {
        self.engine.layer()
    }

    #[inline]
    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        self.engine.enter(call)
    }

    #[inline]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.engine.exit(token, exit);
    }

    fn status(&self, now: Tick) -> Status {
        Backend::status(&*self.engine, now)
    }
}
