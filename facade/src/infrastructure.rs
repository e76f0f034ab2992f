use std::future::Future;
use std::sync::Arc;

use seawall_core::{
    Clock, Component, Detail, Driver, Error, Name, Refusal, RefusalKind, Stack, Status, Topic,
};

use crate::protection::{Protections, Table};
use crate::registry::{self, Registry};
use crate::swap::{Reader, Seen};
use crate::{
    Builder, Classifiers, Composition, Handle, IntoProtection, ProtectedCall, UnknownName,
};

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
pub struct Infrastructure {
    driver: Driver,
    registry: Arc<Registry>,
    protections: Arc<Protections>,
    /// The protections by name, of which there may be others since this clone was made.
    table: Reader<Arc<Table>>,
}

impl Infrastructure {
    /// Creates a builder.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(driver: Driver, mut registry: Registry) -> Self {
        let protections = Protections::new();
        protections
            .set(registry.take_protections())
            .expect("BUG: no name is asked for at the start");
        let protections = Arc::new(protections);
        let table = protections.table();
        Self { driver, registry: Arc::new(registry), protections, table }
    }

    /// Runs `op` under a protection, with all its layers, in this order: deadline, rate limits,
    /// bulkheads, breakers, timeout. The protection is a name, a [`Handle`], or several of them, nested
    /// in their order: see [`IntoProtection`].
    ///
    /// `op` is tried once, however the call ends.
    ///
    /// ```
    /// # #[cfg(feature = "breaker")] {
    /// use seawall::{ConfigSource, Infrastructure};
    ///
    /// let settings = r#"
    ///     [breaker.payments]
    ///     failures = 5
    ///
    ///     [protection.checkout]
    ///     deadline = "2s"
    ///
    ///     [protection.charge_card]
    ///     breaker = "payments"
    ///     timeout = "500ms"
    /// "#;
    /// let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()?;
    /// let charge = || std::future::ready(Ok::<_, std::io::Error>(42));
    /// let handle = infra.protection("charge_card")?;
    /// # let time = seawall_testkit::ManualClock::new();
    /// # time.block_on(async {
    /// assert_eq!(infra.execute_protected("charge_card", charge).await?, 42);
    /// assert_eq!(infra.execute_protected(&handle, charge).await?, 42);
    /// assert_eq!(infra.execute_protected(["checkout", "charge_card"], charge).await?, 42);
    /// assert_eq!(infra.execute_protected(("checkout", &handle), charge).await?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer refuses the call, no protection has the name, or everything was
    /// closed; [`Error::TimedOut`] if `op` was cut; [`Error::Failed`] with the error of `op`.
    ///
    /// # Panics
    /// If `op` panics; each layer counts that.
    #[inline(always)]
    pub fn execute_protected<'i, C, T, E, O>(
        &'i self,
        protection: impl IntoProtection<'i, C>,
        op: impl FnOnce() -> O,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
        C: Classifiers<T, E>,
    {
        C::run(protection.describe(self), op)
    }

    /// Runs `op` on this thread under a protection, or several: see
    /// [`execute_protected`](Self::execute_protected). If it takes longer than the timeout, it counts
    /// as a failure; its result is returned all the same.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer refuses the call, no protection has the name, or everything was
    /// closed; [`Error::Failed`] with the error of `op`.
    ///
    /// # Panics
    /// If `op` panics; each layer counts that.
    #[inline]
    pub fn execute_protected_blocking<'i, C, T, E>(
        &'i self,
        protection: impl IntoProtection<'i, C>,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Error<E>>
    where
        C: Classifiers<T, E>,
    {
        C::run_blocking(protection.describe(self), op)
    }

    /// Returns a call under the protection called `name`, for a key, a cost, a deadline of its own or
    /// a classifier to be added, and then run.
    ///
    /// # Errors
    /// If no protection is called `name`, or everything was closed. It is a refusal, so that `?` works
    /// as it does for the call.
    #[inline(always)]
    pub fn protect(&self, name: &str) -> Result<ProtectedCall<'_>, Refusal> {
        let call = self.describe(name);
        match call.refused() {
            None => Ok(call),
            Some(refusal) => Err(self.refuse(refusal)),
        }
    }

    /// Returns a handle to the protection called `name`, whose calls need no look-up and which can be
    /// moved into a task.
    ///
    /// # Errors
    /// If no protection is called `name`.
    pub fn protection(&self, name: &str) -> Result<Handle, UnknownName> {
        self.with_table(|table| table.find(name).cloned()).ok_or_else(|| self.unknown(name))
    }

    /// Begins to put components together to a protection, for a call site that the settings have no
    /// protection for: see [`Composition`].
    pub fn compose(&self) -> Composition<'_> {
        Composition::new(&self.driver, &self.registry, &self.protections)
    }

    /// Describes a call under the protection called `name`, which is refused if there is none.
    #[inline(always)]
    pub(crate) fn describe(&self, name: &str) -> ProtectedCall<'_> {
        match self.table.first().find(name) {
            Some(handle) => handle.call(),
            None => self.describe_later(name),
        }
    }

    /// Describes a call under a protection that this clone was made without.
    #[inline(never)]
    fn describe_later(&self, name: &str) -> ProtectedCall<'_> {
        match self.table.get() {
            Seen::Kept(table) => match table.find(name) {
                Some(handle) => handle.call(),
                None => self.describe_unknown(name),
            },
            Seen::Cloned(table) => match table.find(name) {
                Some(handle) => handle.clone().into_call(),
                None => self.describe_unknown(name),
            },
        }
    }

    #[cfg(test)]
    pub(crate) fn protections_of_all(&self) -> &Protections {
        &self.protections
    }

    /// Describes several calls, all of them by one version of the settings.
    #[inline]
    pub(crate) fn of_one_version<T>(&self, describe: impl FnMut() -> T) -> T {
        self.protections.gate().read(describe)
    }

    #[cold]
    #[inline(never)]
    fn describe_unknown(&self, name: &str) -> ProtectedCall<'_> {
        let refusal = Refusal::from(self.unknown(name));
        let nothing =
            Stack::new("unknown", Vec::new()).expect("BUG: a name and no layers are valid");
        self.driver.handle(nothing).refusing(refusal).into_call()
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self, refusal: &Refusal) -> Refusal {
        if refusal.kind() != RefusalKind::UnknownName {
            self.driver.emit(Topic::ProtectionRejected, refusal.by(), || Detail::Refused(refusal));
        }
        refusal.clone()
    }

    /// Reads the current table.
    fn with_table<T>(&self, read: impl FnOnce(&Table) -> T) -> T {
        match self.table.get() {
            Seen::Kept(table) => read(table),
            Seen::Cloned(table) => read(&table),
        }
    }

    #[cold]
    fn unknown(&self, name: &str) -> UnknownName {
        let names = self.protections();
        UnknownName::new(Component::Protection, name, names.iter().map(|name| &**name))
    }

    /// Returns the status of each layer of the protection called `name`, in the order in which they
    /// are asked.
    ///
    /// # Errors
    /// If no protection is called `name`.
    pub fn status(&self, name: &str) -> Result<Vec<Status>, UnknownName> {
        let now = self.driver.clock().now();
        let slot = self.with_table(|table| Some(Arc::clone(table.find(name)?.slot())));
        let (snapshot, _) = slot.ok_or_else(|| self.unknown(name))?.current();
        let layers = snapshot.protection().layers();
        Ok(layers.iter().map(|layer| self.registry.status(layer, now)).collect())
    }

    /// Returns the status of every component, by kind and name.
    #[must_use]
    pub fn components(&self) -> Vec<Status> {
        self.registry.statuses(self.driver.clock().now())
    }

    /// Returns the names of all protections, in alphabetical order.
    #[must_use]
    pub fn protections(&self) -> Vec<Name> {
        let names = |table: &Table| {
            registry::sorted(table.handles()).map(|(name, _)| Name::new(name)).collect()
        };
        self.with_table(names)
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
        self.protections.close();
        self.registry.close();
    }

    /// Refuses to take tokens of the rate limit called `name` after [`close`](Self::close).
    fn refuse_closed(&self, name: &str) -> Result<(), Refusal> {
        self.registry.refuse_closed(Component::RateLimiter, name).inspect_err(|refusal| {
            self.driver.emit(Topic::RequestDenied, refusal.by(), || Detail::Refused(refusal));
        })
    }
}

impl Clone for Infrastructure {
    fn clone(&self) -> Self {
        Self {
            driver: self.driver.clone(),
            registry: Arc::clone(&self.registry),
            table: self.table.clone(),
            protections: Arc::clone(&self.protections),
        }
    }
}

impl std::fmt::Debug for Infrastructure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Infrastructure")
            .field("protections", &self.protections())
            .finish_non_exhaustive()
    }
}
