use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::access::{Borrowed, Owned, Shared};
use super::{Driver, GuardedVia};
use crate::protection::Protection;
use crate::time::Span;
use crate::{ByResult, Classify, Error, Layer};

/// A protection together with the driver that leads its calls: owned, `'static` and cheap to clone,
/// for a spawned task, a service or a response body. Clones are the same protection.
///
/// ```
/// use seawall_core::{Driver, Dynamic};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let payments = Driver::new().handle(Dynamic::new("payments", vec![])?);
/// let task = async move { payments.owned().run(async || Ok::<_, std::io::Error>(42)).await };
/// // The task owns what it needs: `tokio::spawn(task)`.
/// assert_eq!(task.await?, 42);
/// # Ok(())
/// # }
/// ```
pub struct Handle<P: Protection>(Owned<P>);

impl<P: Protection> Clone for Handle<P> {
    #[inline]
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Driver {
    /// Returns an owned handle to `protection`, whose calls this driver leads.
    #[must_use]
    pub fn handle<P: Protection>(&self, protection: P) -> Handle<P> {
        let (timeout, deadline) = (Span::NONE, Span::NONE);
        Handle(Owned(Arc::new(Shared { driver: self.clone(), protection, timeout, deadline })))
    }
}

impl<P: Protection> Handle<P> {
    /// Sets the timeout and the deadline of calls that set none themselves: see
    /// [`GuardedVia::timeout`] and [`GuardedVia::deadline`]. Earlier clones keep theirs.
    #[must_use]
    pub fn with_limits(self, timeout: Option<Duration>, deadline: Option<Duration>) -> Self
    where
        P: Clone,
    {
        let shared = &*self.0.0;
        Self(Owned(Arc::new(Shared {
            driver: shared.driver.clone(),
            protection: shared.protection.clone(),
            timeout: Span::maybe(timeout),
            deadline: Span::maybe(deadline),
        })))
    }

    /// Returns the protection.
    #[must_use]
    pub fn protection(&self) -> &P {
        &self.0.0.protection
    }

    /// Returns the driver that leads the calls.
    #[must_use]
    pub fn driver(&self) -> &Driver {
        &self.0.0.driver
    }

    /// Returns the layer that stands for the whole protection.
    #[must_use]
    pub fn layer(&self) -> &Layer {
        self.protection().label()
    }

    /// Describes a call that borrows this handle: the cheapest, since it counts no reference.
    #[inline(always)]
    pub fn call(&self) -> GuardedVia<Borrowed<'_, P>> {
        let Shared { driver, protection, timeout, deadline } = &*self.0.0;
        GuardedVia::new(Borrowed { driver, protection }).with_spans(*timeout, *deadline)
    }

    /// Describes a call that owns a clone of this handle, so that its future, permit or reservation
    /// is `'static`.
    #[inline(always)]
    pub fn owned(&self) -> GuardedVia<Owned<P>> {
        let (timeout, deadline) = (self.0.0.timeout, self.0.0.deadline);
        GuardedVia::new(self.0.clone()).with_spans(timeout, deadline)
    }

    /// Runs `op` under the protection: short for `self.call().run(op)`.
    ///
    /// # Errors
    /// As [`GuardedVia::run`].
    #[inline(always)]
    pub fn run<T, E, O>(&self, op: impl FnOnce() -> O) -> impl Future<Output = Result<T, Error<E>>>
    where
        O: Future<Output = Result<T, E>>,
        ByResult: Classify<T, E>,
    {
        self.call().run(op)
    }

    /// Runs `op` on this thread: short for `self.call().run_blocking(op)`.
    ///
    /// # Errors
    /// As [`GuardedVia::run_blocking`].
    #[inline]
    pub fn run_blocking<T, E>(&self, op: impl FnOnce() -> Result<T, E>) -> Result<T, Error<E>> {
        self.call().run_blocking(op)
    }
}

impl<P: Protection> std::fmt::Debug for Handle<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Handle").field(self.layer()).finish()
    }
}
