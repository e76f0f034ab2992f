use std::future::Future;
use std::sync::Arc;

use seawall_core::{
    Clock, Component, Detail, Driver, Dynamic, Error, Guarded, Refusal, Status, Topic,
};

use crate::registry::Registry;
use crate::{Builder, UnknownName};

mod components;
#[cfg(feature = "__pool")]
mod pools;
mod rates;

/// All protections and components of a service, by name. Clones are cheap and share everything.
///
/// ```
/// # #[cfg(feature = "breaker")] {
/// use seawall::{ConfigSource, Infrastructure};
///
/// let settings = r#"
///     [breaker.payments]
///     failures = 5
///     window = "10s"
///
///     [protection.charge_card]
///     breaker = "payments"
///     timeout = "500ms"
/// "#;
/// let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()?;
/// let answer = infra.execute_protected_blocking("charge_card", || Ok::<_, std::io::Error>(42));
/// assert_eq!(answer.expect("the circuit is closed"), 42);
/// # }
/// # Ok::<(), seawall::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Infrastructure {
    driver: Driver,
    registry: Arc<Registry>,
}

impl Infrastructure {
    /// Creates a builder.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(driver: Driver, registry: Registry) -> Self {
        Self { driver, registry: Arc::new(registry) }
    }

    /// Runs `op` under the protection called `name`, with all its layers, in this order: deadline,
    /// rate limits, bulkheads, breakers, timeout.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer refuses the call, no protection is called `name`, or everything
    /// was closed; [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with the error of `op`.
    ///
    /// # Panics
    /// If `op` panics; each layer counts that.
    pub async fn execute_protected<T, E, O>(
        &self,
        name: &str,
        op: impl FnOnce() -> O,
    ) -> Result<T, Error<E>>
    where
        O: Future<Output = Result<T, E>>,
    {
        self.protect(name)?.run(op).await
    }

    /// Runs `op` on this thread under the protection called `name`. If it takes longer than the
    /// timeout, it counts as a failure; its result is returned all the same.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer refuses the call, no protection is called `name`, or everything
    /// was closed; [`Error::Failed`] with the error of `op`.
    ///
    /// # Panics
    /// If `op` panics; each layer counts that.
    pub fn execute_protected_blocking<T, E>(
        &self,
        name: &str,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Error<E>> {
        self.protect(name)?.run_blocking(op)
    }

    /// Returns a call under the protection called `name`, for a key, a cost, a deadline of its own or
    /// a classifier to be added, and then run.
    ///
    /// # Errors
    /// If no protection is called `name`, or everything was closed. It is a refusal, so that `?` works
    /// as it does for the call.
    pub fn protect(&self, name: &str) -> Result<Guarded<'_, Dynamic>, Refusal> {
        let protection = self.registry.protection(name)?;
        self.refuse_closed(Component::Protection, name)?;
        let mut call = self.driver.protect(&protection.layers);
        if let Some(timeout) = protection.timeout {
            call = call.timeout(timeout);
        }
        if let Some(deadline) = protection.deadline {
            call = call.deadline(deadline);
        }
        Ok(call)
    }

    /// Returns the status of each layer of the protection called `name`, in the order in which they
    /// are asked.
    ///
    /// # Errors
    /// If no protection is called `name`.
    pub fn status(&self, name: &str) -> Result<Vec<Status>, UnknownName> {
        let now = self.driver.clock().now();
        let layers = self.registry.protection(name)?.layers.layers();
        Ok(layers.iter().map(|layer| self.registry.status(layer.as_ref(), now)).collect())
    }

    /// Returns the status of every component, by kind and name.
    #[must_use]
    pub fn components(&self) -> Vec<Status> {
        self.registry.statuses(self.driver.clock().now())
    }

    /// Returns the names of all protections, in alphabetical order.
    pub fn protections(&self) -> impl Iterator<Item = &str> {
        self.registry.protections()
    }

    /// Returns the driver, for protections that code composes beside the configured ones.
    #[must_use]
    pub const fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Returns the clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        self.driver.clock()
    }

    /// Refuses all calls from now on, as [`ShuttingDown`](seawall_core::RefusalKind::ShuttingDown):
    /// under every protection, and by [`check_rate`](Self::check_rate) and its kin. Pools and
    /// bulkheads are closed, so calls that wait in them are refused too, and pools close their
    /// connections as these come back. Calls that run are left to end.
    ///
    /// A circuit breaker or rate limiter that code took with [`component`](Self::component) goes on
    /// by itself.
    pub fn close(&self) {
        self.registry.close();
    }

    fn refuse_closed(&self, component: Component, name: &str) -> Result<(), Refusal> {
        let topic = match component {
            Component::RateLimiter => Topic::RequestDenied,
            _ => Topic::ProtectionRejected,
        };
        self.registry.refuse_closed(component, name).inspect_err(|refusal| {
            self.driver.emit(topic, refusal.by(), || Detail::Refused(refusal));
        })
    }
}

impl std::fmt::Debug for Infrastructure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Infrastructure")
            .field("protections", &self.protections().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
