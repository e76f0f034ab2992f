use std::future::Future;
use std::sync::Arc;

use seawall_core::{ByResult, Classify, Error, Keep, Layer, NoKey, Stack};

use crate::AnyLayer;

use super::{OwnedCall, ProtectedCall, Slot, Snapshot};

/// A protection to keep: a call needs no look-up by name. Cheap to clone, and usable anywhere: in a
/// spawned task, a service, a thread.
///
/// ```
/// # #[cfg(feature = "breaker")] {
/// use seawall::{ConfigSource, Infrastructure, Verdict};
///
/// let settings = "[breaker.payments]\n[protection.charge_card]\nbreaker = \"payments\"";
/// let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()?;
///
/// // An invalid card says nothing about the service.
/// let charge = infra.protection("charge_card")?.with_classifier(|result: &Result<u64, _>| {
///     match result {
///         Err("declined") => Verdict::Ignored,
///         Err(_) => Verdict::Failure,
///         Ok(_) => Verdict::Success,
///     }
/// });
/// assert_eq!(charge.run_blocking(|| Ok(42)).expect("the circuit is closed"), 42);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A handle stays valid if the settings of the protection change: each call goes by the version that
/// is current when the call is described. The handle keeps the version that it was made with alive. A
/// clone has the current one, so that its calls do not have to look for it.
///
/// After [`Infrastructure::close`](crate::Infrastructure::close), it refuses all calls.
pub struct Handle<C = ByResult> {
    snapshot: Snapshot,
    /// The number of `snapshot` in the slot.
    version: usize,
    slot: Arc<Slot>,
    classifier: C,
}

impl Handle {
    pub(super) fn new(slot: Arc<Slot>) -> Self {
        let (snapshot, version) = slot.current();
        Self { snapshot, version, slot, classifier: ByResult }
    }

    pub(crate) fn slot(&self) -> &Arc<Slot> {
        &self.slot
    }

    /// Returns the version of the protection that this handle was made with.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl<C: Clone> Handle<C> {
    /// Returns a handle to the same protection, whose calls `classifier` judges unless they bring
    /// their own. By default, `Ok` is a success and `Err` a failure.
    #[must_use]
    pub fn with_classifier<N>(self, classifier: N) -> Handle<N> {
        let Self { snapshot, version, slot, .. } = self;
        Handle { snapshot, version, slot, classifier }
    }

    /// Returns the layer that stands for the whole protection: its name.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        self.snapshot.layer()
    }

    /// Describes a call that borrows this handle. It counts no reference, unless the settings have
    /// changed since the handle was made.
    #[inline(always)]
    pub fn call(&self) -> ProtectedCall<'_, NoKey, C> {
        let call = if self.slot.is_at(self.version) {
            self.snapshot.call()
        } else {
            self.slot.current().0.into_call()
        };
        call.classify(self.classifier.clone())
    }

    /// Describes a call that owns what it needs, for a spawned task or a response body: its future,
    /// permit or reservation is `'static`. It counts one reference.
    ///
    /// ```
    /// # #[cfg(feature = "breaker")] {
    /// # use seawall::{ConfigSource, Infrastructure};
    /// # let settings = "[breaker.payments]\n[protection.charge_card]\nbreaker = \"payments\"";
    /// # let config = ConfigSource::new().toml_str(settings);
    /// # let infra = Infrastructure::builder().config(config).build()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(async {
    /// let charge = infra.protection("charge_card")?;
    /// let task = tokio::spawn(charge.owned().run(async || Ok::<_, std::io::Error>(42)));
    /// assert_eq!(task.await??, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn owned(&self) -> OwnedCall<NoKey, C> {
        let call = if self.slot.is_at(self.version) {
            self.snapshot.owned()
        } else {
            self.slot.current().0.owned()
        };
        call.classify(self.classifier.clone())
    }

    /// Runs `op` under the protection: short for `self.call().run(op)`.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer refuses the call; [`Error::TimedOut`] if `op` was cut;
    /// [`Error::Failed`] with the error of `op`.
    ///
    /// # Panics
    /// If `op` panics; each layer counts that.
    #[inline(always)]
    pub fn run<T, E, O>(&self, op: impl FnOnce() -> O) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E>,
    {
        self.call().run(op)
    }

    /// Runs `op` on this thread: short for `self.call().run_blocking(op)`.
    ///
    /// # Errors
    /// [`Error::Refused`] if a layer refuses the call; [`Error::Failed`] with the error of `op`.
    ///
    /// # Panics
    /// If `op` panics; each layer counts that.
    #[inline]
    pub fn run_blocking<T, E>(&self, op: impl FnOnce() -> Result<T, E>) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        self.call().run_blocking(op)
    }
}

impl<C: Clone + Send + Sync + 'static> Keep for Handle<C> {
    type Protection = Stack<AnyLayer>;
    type Classify = C;

    fn classifier(&self) -> &C {
        &self.classifier
    }

    #[inline]
    fn owned_call(&self) -> OwnedCall<NoKey, C> {
        self.owned()
    }
}

impl<C: Clone> Clone for Handle<C> {
    fn clone(&self) -> Self {
        let (snapshot, version) = match self.slot.is_at(self.version) {
            true => (self.snapshot.clone(), self.version),
            false => self.slot.current(),
        };
        let (slot, classifier) = (Arc::clone(&self.slot), self.classifier.clone());
        Self { snapshot, version, slot, classifier }
    }
}

impl<C> std::fmt::Debug for Handle<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Handle").field(self.snapshot.layer()).finish()
    }
}
