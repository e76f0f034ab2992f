use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Backend, Call, Driver, Entry, Error, Exit, Guarded, Layer, Name, Status, Tick, Token,
};

use crate::gate::Gate;
use crate::{FailsafeOptions, InvalidOption};

/// A named circuit breaker that opens by failsafe's policies. Clones are cheap and share the
/// circuit.
///
/// Use [`execute`](Self::execute) to run calls through it alone. Together with other protections it
/// is a [`Backend`] for any [`Driver`].
#[derive(Clone, Debug)]
pub struct FailsafeBreaker {
    gate: Arc<Gate>,
    driver: Driver,
}

impl FailsafeBreaker {
    /// Starts a closed breaker.
    ///
    /// # Errors
    /// If an option is out of range, or has a fraction that failsafe would ignore.
    pub fn start(options: &FailsafeOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        Ok(Self { gate: Arc::new(Gate::new(options)), driver: Driver::new() })
    }

    /// Runs the breaker's calls through `driver`, with its clock and observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.gate.settle(driver.clock());
        self.driver = driver;
        self
    }

    /// Returns the breaker's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.gate.layer().name()
    }

    /// Runs `op` if the circuit admits it, and cuts it after `timeout`.
    ///
    /// # Errors
    /// [`Error::Refused`] if the circuit is open, with the time after which to retry;
    /// [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with the error of `op`. The latter
    /// two count as failures.
    ///
    /// # Panics
    /// If `op` panics, which counts as a failure.
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

    /// Runs `op` on the current thread if the circuit admits it.
    ///
    /// # Errors
    /// [`Error::Refused`] if the circuit is open; [`Error::Failed`] with the error of `op`.
    ///
    /// # Panics
    /// If `op` panics, which counts as a failure.
    pub fn execute_blocking<T, E>(&self, op: impl FnOnce() -> Result<T, E>) -> Result<T, Error<E>> {
        self.protect().run_blocking(op)
    }

    /// Starts to describe a call through this breaker, for example its classifier and deadline.
    pub fn protect(&self) -> Guarded<'_, Self> {
        self.driver.protect(self)
    }

    /// Returns the current status, without changing anything.
    #[must_use]
    pub fn status(&self) -> Status {
        self.gate.status(self.gate.now(self.driver.clock()))
    }
}

impl Backend for FailsafeBreaker {
    fn layer(&self) -> &Layer {
        self.gate.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        self.gate.enter(call)
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.gate.exit(token, exit);
    }

    fn status(&self, now: Tick) -> Status {
        self.gate.status(now)
    }
}
