use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Driver, Entry, Error, Exit, Guarded, Layer, Name, Status, Tick, Token,
};

use crate::gate::Gate;
use crate::{FailsafeOptions, InvalidOption};

/// A named circuit breaker that opens by failsafe's policies. Cheap to clone; clones are the same
/// breaker.
///
/// By itself it runs calls with [`execute`](Self::execute). Together with other protections, it is a
/// [`Backend`] that any [`Driver`] leads calls through.
#[derive(Clone, Debug)]
pub struct FailsafeBreaker {
    gate: Arc<Gate>,
    driver: Driver,
}

impl FailsafeBreaker {
    /// Starts a breaker, closed.
    ///
    /// # Errors
    /// If an option is out of range, or is one that failsafe would round to something else.
    pub fn start(options: &FailsafeOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        Ok(Self { gate: Arc::new(Gate::new(options)), driver: Driver::new() })
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
        self.gate.layer().name()
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

    /// Runs `op` on this thread if the circuit lets it.
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
        self.driver.protect(self)
    }

    /// What there is to say about it. Asking changes nothing.
    #[must_use]
    pub fn status(&self) -> Status {
        self.gate.status(self.driver.clock().now())
    }
}

impl Backend for FailsafeBreaker {
    fn layer(&self) -> &Layer {
        self.gate.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        self.gate.enter(call)
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.gate.exit(token, exit);
    }

    fn status(&self, now: Tick) -> Status {
        self.gate.status(now)
    }
}
