use std::future::Future;
use std::sync::Arc;

use seawall_core::{
    Clock, Component, Detail, Driver, Error, Name, Refusal, RefusalKind, Stack, Status, Statuses,
    Topic,
};

use crate::live::{Live, Running, Table, sorted};
use crate::protection::sealed::Run;
use crate::swap::{Reader, Seen};
use crate::{
    Builder, Classifiers, Composition, Handle, IntoProtection, ProtectedCall, ProtectionCalls,
    UnknownName,
};

mod coalescers;
mod components;
mod control;
mod health;
#[cfg(feature = "__pool")]
mod pools;
mod rates;
mod reload;
#[cfg(feature = "breaker")]
mod remember;
mod shutdown;
mod work;

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
    live: Arc<Live>,
    /// What runs, by name. There may be other names since this clone was made.
    table: Reader<Arc<Table>>,
}

impl Infrastructure {
    /// Creates a builder.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(live: Arc<Live>) -> Self {
        let table = Reader::new(Arc::clone(&live.table));
        Self { live, table }
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
    pub fn execute_protected<'i, C, T, E, O, F>(
        &'i self,
        protection: impl IntoProtection<'i, C>,
        op: F,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        F: FnOnce() -> O,
        O: Future<Output = Result<T, E>>,
        C: Classifiers<T, E> + Run<F>,
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
        let call = self.call_by_name(name);
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
        let find =
            |table: &Table| table.protection(name).cloned().ok_or_else(|| unknown(table, name));
        self.with_table(find)
    }

    /// Begins to put components together to a protection, for a call site that the settings have no
    /// protection for: see [`Composition`].
    pub fn compose(&self) -> Composition<'_> {
        Composition::new(&self.live)
    }

    /// Describes a call under the protection called `name`, which is refused if there is none.
    #[inline(always)]
    pub(crate) fn call_by_name(&self, name: &str) -> ProtectedCall<'_> {
        match self.table.first().protection(name) {
            Some(handle) => handle.call(),
            None => self.call_later(name),
        }
    }

    /// Describes a call under a protection that this clone was made without.
    #[inline(never)]
    fn call_later(&self, name: &str) -> ProtectedCall<'_> {
        match self.table.get() {
            Seen::Kept(table) => match table.protection(name) {
                Some(handle) => handle.call(),
                None => self.call_unknown(name),
            },
            Seen::Cloned(table) => match table.protection(name) {
                Some(handle) => handle.clone().into_call(),
                None => self.call_unknown(name),
            },
        }
    }

    /// Describes several calls, all of them by one version of the settings.
    #[inline]
    pub(crate) fn of_one_version<T>(&self, describe: impl FnMut() -> T) -> T {
        self.live.gate.read(describe)
    }

    #[cold]
    #[inline(never)]
    fn call_unknown(&self, name: &str) -> ProtectedCall<'_> {
        let refusal = Refusal::from(self.with_table(|table| unknown(table, name)));
        let nothing =
            Stack::new("unknown", Vec::new()).expect("BUG: a name and no layers are valid");
        self.live.driver.handle(nothing).refusing(refusal).into_call()
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self, refusal: &Refusal) -> Refusal {
        if refusal.kind() != RefusalKind::UnknownName {
            let driver = &self.live.driver;
            driver.emit(Topic::ProtectionRejected, refusal.by(), || Detail::Refused(refusal));
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

    /// Returns what runs under a name, which code relies on from now on.
    fn running(
        &self,
        component: Component,
        name: &str,
    ) -> Result<Seen<'_, Arc<Running>>, UnknownName> {
        let found = match self.table.first().component(component, name) {
            Some(reader) => Some(reader.get()),
            None => match self.table.get() {
                Seen::Kept(table) => table.component(component, name).map(Reader::get),
                Seen::Cloned(table) => {
                    let reader = table.component(component, name);
                    reader.map(|reader| Seen::Cloned(Arc::clone(&reader.get())))
                }
            },
        };
        found
            .filter(|running| !running.is_removed())
            .ok_or_else(|| self.with_table(|table| table.unknown(component, name)))
    }

    /// Returns the status of each layer of the protection called `name`, in the order in which they
    /// are asked.
    ///
    /// # Errors
    /// If no protection is called `name`.
    pub fn status(&self, name: &str) -> Result<Vec<Status>, UnknownName> {
        let now = self.clock().now();
        let table = self.live.current();
        let handle = table.protection(name).ok_or_else(|| unknown(&table, name))?;
        let (snapshot, _) = handle.slot().current();
        let layers = snapshot.protection().layers();
        let show = |status| self.live.show(status);
        Ok(layers.iter().map(|layer| show(table.status(layer, now))).collect())
    }

    /// Returns the status of every component, by kind and name. That of the settings is
    /// [`config_status`](Self::config_status).
    #[must_use]
    pub fn components(&self) -> Vec<Status> {
        self.live.statuses()
    }

    /// Returns what became of the calls under each protection, by name: empty without
    /// [`Builder::record_calls`].
    #[must_use]
    pub fn calls(&self) -> Vec<ProtectionCalls> {
        let calls = self.live.calls.as_ref();
        calls.map_or_else(Vec::new, |calls| calls.read(self.clock().now()))
    }

    /// Returns the names of all protections, in alphabetical order.
    #[must_use]
    pub fn protections(&self) -> Vec<Name> {
        let table = self.live.current();
        sorted(table.protections()).map(|(name, _)| Name::new(name)).collect()
    }

    /// Returns the driver, for protections that code composes beside the configured ones.
    #[must_use]
    pub fn driver(&self) -> &Driver {
        &self.live.driver
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.live.driver.clock()
    }

    /// Refuses all calls from now on, as [`ShuttingDown`](seawall_core::RefusalKind::ShuttingDown):
    /// under every protection, and by [`check_rate`](Self::check_rate) and its kin. Pools and
    /// bulkheads are closed, so calls that wait in them are refused too, and pools close their
    /// connections as these come back. Calls that run are left to end.
    ///
    /// A circuit breaker or rate limiter that code took with [`component`](Self::component) goes on
    /// by itself.
    pub fn close(&self) {
        self.live.close();
    }

    /// Refuses to take tokens of the rate limit called `name` after [`close`](Self::close).
    fn refuse_closed(&self, name: &str) -> Result<(), Refusal> {
        self.live.refuse_closed(Component::RateLimiter, name).inspect_err(|refusal| {
            let driver = &self.live.driver;
            driver.emit(Topic::RequestDenied, refusal.by(), || Detail::Refused(refusal));
        })
    }
}

impl Statuses for Infrastructure {
    /// Returns the status of every component, that of the settings with `stale_ns`, the time since newer
    /// settings were refused, and one of each protection whose limits are measured or whose policies are
    /// observed, with `timeout_ns`, `hedge_delay_ns`, `observed_timeout_ns`, `would_time_out`, `would_retry` and
    /// `would_hedge`.
    fn statuses(&self) -> Vec<Status> {
        let config = self.config_status();
        let stale = config.rejected().map(|rejected| self.clock().now().since(rejected.at()));
        let stale = u64::try_from(stale.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX);
        let mut statuses = self.components();
        statuses.push(self.live.show(config.to_status().with_gauge("stale_ns", stale, "ns")));
        let table = self.live.current();
        let limits = sorted(table.protections()).filter_map(|(_, handle)| limits(handle));
        statuses.extend(limits.map(|status| self.live.show(status)));
        statuses
    }
}

impl Clone for Infrastructure {
    fn clone(&self) -> Self {
        Self { live: Arc::clone(&self.live), table: self.table.clone() }
    }
}

/// Returns the limits in force that follow from what the calls of a protection took.
fn limits(handle: &Handle) -> Option<Status> {
    let (snapshot, _) = handle.slot().current();
    let policy = snapshot.policy()?;
    let limits = [
        ("timeout_ns", policy.timeout()),
        ("observed_timeout_ns", policy.observed_timeout()),
        ("hedge_delay_ns", policy.hedge_delay()),
    ];
    let known = limits.into_iter().filter_map(|(name, limit)| {
        Some((name, u64::try_from(limit?.as_nanos()).unwrap_or(u64::MAX)))
    });
    let status = Status::new(handle.layer(), "measured");
    let status = known.fold(status, |status, (name, limit)| status.with_gauge(name, limit, "ns"));
    let status = policy.observations().add_to(status);
    Some(status).filter(|status| !status.readings.is_empty())
}

fn unknown(table: &Table, name: &str) -> UnknownName {
    table.unknown(Component::Protection, name)
}

seawall_core::__debug! { impl Infrastructure: self { protections: self.protections() } }
