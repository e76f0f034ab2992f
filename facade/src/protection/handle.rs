use std::future::Future;
use std::sync::Arc;

use seawall_core::{ByResult, Classify, Error, Keep, Layer, NoKey, Stack};

use crate::AnyLayer;

use super::{OwnedCall, ProtectedCall, Snapshot};
use crate::swap::{Reader, Seen, Slot};

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
/// is current when the call is described. The handle keeps the versions alive that it has used, a few
/// at most. A clone begins with the current one.
///
/// After [`Infrastructure::close`](crate::Infrastructure::close), it refuses all calls.
pub struct Handle<C = ByResult> {
    reader: Reader<Snapshot>,
    classifier: C,
}

impl Handle {
    /// Creates a handle for code, which relies on the name from now on.
    pub(crate) fn new(slot: Arc<Slot<Snapshot>>) -> Self {
        Self { reader: Reader::new(slot), classifier: ByResult }
    }

    /// Creates a handle that calls by name borrow: code relies on the name with the first of them.
    pub(crate) fn in_table(slot: Arc<Slot<Snapshot>>) -> Self {
        Self { reader: Reader::unasked(slot), classifier: ByResult }
    }

    /// Describes a call that borrows nothing.
    pub(crate) fn into_call<'h>(self) -> ProtectedCall<'h> {
        self.reader.slot().current().0.into_call()
    }

    pub(crate) fn slot(&self) -> &Arc<Slot<Snapshot>> {
        self.reader.slot()
    }
}

impl<C: Clone> Handle<C> {
    /// Returns a handle to the same protection, whose calls `classifier` judges unless they bring
    /// their own. By default, `Ok` is a success and `Err` a failure.
    #[must_use]
    pub fn with_classifier<N>(self, classifier: N) -> Handle<N> {
        Handle { reader: self.reader, classifier }
    }

    /// Returns the layer that stands for the whole protection: its name.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        self.reader.first().layer()
    }

    /// Describes a call that borrows this handle. It counts no reference, unless the protection has
    /// changed more than fifteen times since the handle was made.
    #[inline(always)]
    pub fn call(&self) -> ProtectedCall<'_, NoKey, C> {
        let call = match self.reader.get() {
            Seen::Kept(snapshot) => snapshot.call(),
            Seen::Cloned(snapshot) => snapshot.into_call(),
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
        let call = match self.reader.get() {
            Seen::Kept(snapshot) => snapshot.owned(),
            Seen::Cloned(snapshot) => owned(&snapshot),
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

    #[inline(always)]
    fn owned_call(&self) -> OwnedCall<NoKey, C> {
        self.owned()
    }
}

#[cold]
#[inline(never)]
fn owned(snapshot: &Snapshot) -> OwnedCall {
    snapshot.owned()
}

impl<C: Clone> Clone for Handle<C> {
    fn clone(&self) -> Self {
        Self { reader: self.reader.clone(), classifier: self.classifier.clone() }
    }
}

impl<C> std::fmt::Debug for Handle<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Handle").field(self.reader.first().layer()).finish()
    }
}
