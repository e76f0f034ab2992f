use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use failsafe::{FailurePolicy, Instrument, StateMachine};
use seawall_core::{
    Backend, Call, Component, Driver, Entry, Error, Exit, Guarded, Layer, Name, Status, Tick, Token,
};

use crate::circuit::{Circuit, Own};
use crate::machine::Machine;
use crate::policy::{AnyPolicy, OpenFor, Watched, policy};
use crate::{FailsafeOptions, InvalidOption};

/// A named circuit breaker over one of failsafe's state machines. Clones are cheap and share the
/// circuit.
///
/// Use [`execute`](Self::execute) to run calls through it alone. Together with other protections it
/// is a [`Backend`] for any [`Driver`].
#[derive(Clone, Debug)]
pub struct FailsafeBreaker {
    circuit: Arc<Circuit>,
    driver: Driver,
}

impl FailsafeBreaker {
    /// Starts a closed breaker with failsafe's policies.
    ///
    /// # Errors
    /// If an option is out of range, or has a fraction that failsafe would ignore.
    pub fn start(options: &FailsafeOptions) -> Result<Self, InvalidOption> {
        options.validate()?;
        Self::over(options.name.clone(), policy(options))
    }

    /// Starts a closed breaker with `policy`: one of failsafe's, several by `or_else`, or one of the
    /// application's. It goes by the driver's clock.
    ///
    /// # Errors
    /// If `name` is blank.
    pub fn from_policy(
        name: impl Into<Name>,
        policy: impl FailurePolicy + Send + 'static,
    ) -> Result<Self, InvalidOption> {
        Self::over(name.into(), Box::new(policy))
    }

    /// Uses `machine`, which the application made and may use directly as well; its clones share the
    /// circuit. It goes by failsafe's clock, that of the system, and does not report how long it will
    /// be open.
    ///
    /// # Errors
    /// If `name` is blank.
    pub fn from_machine<P, I>(
        name: impl Into<Name>,
        machine: StateMachine<P, I>,
    ) -> Result<Self, InvalidOption>
    where
        P: FailurePolicy + Send + 'static,
        I: Instrument + Send + Sync + 'static,
    {
        Self::around(name.into(), Box::new(machine), None)
    }

    fn over(name: Name, policy: AnyPolicy) -> Result<Self, InvalidOption> {
        let open_for = OpenFor::default();
        let watched = Watched::new(policy, open_for.clone());
        let machine = Box::new(StateMachine::new(watched, ()));
        Self::around(name, machine, Some(Own::new(open_for)))
    }

    fn around(
        name: Name,
        machine: Box<dyn Machine>,
        own: Option<Own>,
    ) -> Result<Self, InvalidOption> {
        name.validate(Component::CircuitBreaker)?;
        let circuit = Arc::new(Circuit::new(name, machine, own));
        Ok(Self { circuit, driver: Driver::new() })
    }

    /// Runs the breaker's calls through `driver`, with its clock and observers.
    #[must_use]
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.circuit.settle(driver.clock());
        self.driver = driver;
        self
    }

    /// Returns the breaker's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        self.circuit.layer().name()
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
        self.circuit.status(self.circuit.now(self.driver.clock()))
    }
}

impl Backend for FailsafeBreaker {
    fn layer(&self) -> &Layer {
        self.circuit.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        self.circuit.enter(call)
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.circuit.exit(token, exit);
    }

    fn accepts_extra(&self, call: &Call<'_>) -> bool {
        self.circuit.accepts_extra(call)
    }

    fn status(&self, now: Tick) -> Status {
        self.circuit.status(now)
    }
}
