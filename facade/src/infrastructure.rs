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

/// All protections of a service, by name. Cheap to clone; clones are the same.
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
    /// Describes one.
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
    /// [`Error::Refused`] if a layer does not let the call through, or nothing is called `name`;
    /// [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with its own error.
    ///
    /// # Panics
    /// If `op` does; the layers hear of that.
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

    /// Runs `op` on this thread under the protection called `name`. One that takes longer than the
    /// timeout counts as a failure; its result is returned all the same.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer does not let the call through, or nothing is called `name`;
    /// [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` does; the layers hear of that.
    pub fn execute_protected_blocking<T, E>(
        &self,
        name: &str,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Error<E>> {
        self.protect(name)?.run_blocking(op)
    }

    /// A call under the protection called `name`, to be described further (a key, a cost, a deadline
    /// of its own, a classifier) and run.
    ///
    /// # Errors
    /// If nothing is called `name`: a refusal, so that `?` works where a call would.
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

    /// The status of each layer of the protection called `name`, in the order they are asked.
    ///
    /// # Errors
    /// If nothing is called `name`.
    pub fn status(&self, name: &str) -> Result<Vec<Status>, UnknownName> {
        let now = self.driver.clock().now();
        let layers = self.registry.protection(name)?.layers.layers();
        Ok(layers.iter().map(|layer| self.registry.status(layer.as_ref(), now)).collect())
    }

    /// The status of every component there is.
    #[must_use]
    pub fn components(&self) -> Vec<Status> {
        self.registry.statuses(self.driver.clock().now())
    }

    /// The names of all protections.
    pub fn protections(&self) -> impl Iterator<Item = &str> {
        self.registry.protections()
    }

    /// What leads the calls: for protections of one's own beside the configured.
    #[must_use]
    pub const fn driver(&self) -> &Driver {
        &self.driver
    }

    /// The clock.
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
