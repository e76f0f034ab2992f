use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use super::{Keeper, Kept, LibraryStats, SharedError, stage::report};
use crate::pool::{CloseReason, Manage, PoolOptions, Stage, TooSlow};
use crate::{BoxFuture, Clock, Driver, Tick};

/// Connects and renews the resources of a [`Manage`] for a library that knows nothing of it: what
/// the implementations of the libraries' own manager traits call.
pub struct Managed<M> {
    manager: M,
    options: PoolOptions,
    stats: Arc<LibraryStats>,
    clock: OnceLock<Clock>,
}

impl<M: Manage> Managed<M> {
    /// Creates the manager of a pool with `options`.
    #[must_use]
    pub fn new(manager: M, options: PoolOptions) -> Arc<Self> {
        Arc::new(Self { manager, options, stats: Arc::default(), clock: OnceLock::new() })
    }

    /// Returns true if the pool was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.stats.is_closed()
    }

    /// Returns the options.
    #[must_use]
    pub const fn options(&self) -> &PoolOptions {
        &self.options
    }

    pub(super) const fn manager(&self) -> &M {
        &self.manager
    }

    pub(super) fn count_closed(&self, reason: CloseReason) {
        self.stats.count_closed(reason);
    }

    fn clock(&self) -> &Clock {
        // A pool that is not given a driver measures by the default clock.
        self.clock.get_or_init(|| Driver::new().clock().clone())
    }

    /// Connects within `connect_timeout` and prepares the resource, for the caller that waits for it. The
    /// future is boxed, since the library's own would have room for it in every checkout.
    ///
    /// # Errors
    /// The manager's own error, or [`TooSlow`].
    ///
    /// # Panics
    /// If the manager panics.
    pub fn connect(self: &Arc<Self>) -> BoxFuture<'_, Result<Kept<M>, SharedError>> {
        Box::pin(async {
            let mut kept = self.create().await?;
            self.prepare(&mut kept).await?;
            Ok(kept)
        })
    }

    /// Connects for a library that connects in a task or thread of its own and has each resource
    /// [renewed](Self::renew) before it lends it.
    ///
    /// # Errors
    /// The manager's own error, [`TooSlow`], or that the manager panicked: there, a panic would lose
    /// the place of the connection.
    pub async fn connect_in_background(self: &Arc<Self>) -> Result<Kept<M>, SharedError> {
        let mut create = Box::pin(self.create());
        poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| create.as_mut().poll(cx))) {
            Ok(polled) => polled,
            Err(_reported_by_the_hook) => Poll::Ready(Err(Arc::new(Unfit::Panicked) as _)),
        })
        .await
    }

    async fn create(self: &Arc<Self>) -> Result<Kept<M>, SharedError> {
        if self.is_closed() {
            return Err(Arc::new(Unfit::Closed));
        }
        let connecting = Connecting::begin(&self.stats);
        let begun = self.clock().now();
        let (create, limit) = (pin!(self.manager.create()), self.options.connect_timeout);
        let created = self.limited(Stage::Connecting, limit, create).await;
        drop(connecting);
        match created {
            Ok(Ok(resource)) => {
                self.stats.connected();
                let now = self.clock().now();
                self.stats.count_created(now.since(begun));
                Ok(Kept::new(resource, Arc::clone(self), now))
            }
            Ok(Err(error)) => {
                let error: SharedError = Arc::new(error);
                self.stats.connect_failed(Arc::clone(&error));
                Err(error)
            }
            Err(slow) => {
                let slow: SharedError = Arc::new(slow.with_last_error(self.stats.connect_error()));
                self.stats.connect_cut(Some(Arc::clone(&slow)));
                Err(slow)
            }
        }
    }

    /// Checks and resets `kept` if it was lent before, and prepares it for the next loan.
    ///
    /// # Errors
    /// If it must be closed: it is too old, or one of these steps failed or was cut.
    ///
    /// # Panics
    /// If the manager panics.
    pub async fn renew(&self, kept: &mut Kept<M>) -> Result<(), SharedError> {
        if kept.is_spent() {
            return Err(Arc::new(Unfit::Spent));
        }
        if self.is_closed() {
            // Lent for nothing else than to be closed.
            return Ok(());
        }
        let now = if self.needs_times() { self.clock().now() } else { Tick::ZERO };
        if let Some(reason) = self.age_of(kept, now) {
            kept.0.reason = Some(reason);
            return Err(Arc::new(Unfit::TooOld));
        }
        // While the steps run, since they may be cut.
        kept.0.reason = Some(CloseReason::CutCheck);
        if !kept.0.is_new {
            if now.since(kept.0.idle_since) >= self.options.check_after {
                let check =
                    self.step(Stage::Checking, pin!(self.manager.check(kept.get_mut()))).await;
                kept.end_step(check)?;
            }
            let reset = self.step(Stage::Resetting, pin!(self.manager.reset(kept.get_mut()))).await;
            kept.end_step(reset)?;
        }
        self.prepare(kept).await
    }

    #[inline]
    async fn prepare(&self, kept: &mut Kept<M>) -> Result<(), SharedError> {
        kept.0.reason = Some(CloseReason::CutCheck);
        let prepared =
            self.step(Stage::Resetting, pin!(self.manager.prepare(kept.get_mut()))).await;
        kept.end_step(prepared)?;
        kept.0.reason = None;
        kept.0.is_new = false;
        Ok(())
    }

    /// Runs one step of a renewal within `check_timeout`.
    #[inline]
    async fn step<F: Future>(&self, stage: Stage, work: Pin<&mut F>) -> Result<F::Output, TooSlow> {
        let limit = self.options.check_timeout.min(self.options.checkout_timeout);
        self.limited(stage, limit, work).await
    }

    /// Returns true if an age limits how long a resource is kept.
    pub(super) const fn needs_times(&self) -> bool {
        self.options.max_lifetime.is_some()
            || self.options.max_idle_time.is_some()
            || !self.options.check_after.is_zero()
    }

    /// Returns the reason to close an idle resource because of its age.
    pub(super) fn age_of(&self, kept: &Kept<M>, now: Tick) -> Option<CloseReason> {
        let is_over = |since: Tick, limit: Option<Duration>| {
            limit.is_some_and(|limit| now.since(since) >= limit)
        };
        if is_over(kept.0.born, self.options.max_lifetime) {
            Some(CloseReason::TooOld)
        } else if is_over(kept.0.idle_since, self.options.max_idle_time) {
            Some(CloseReason::IdleTooLong)
        } else {
            None
        }
    }

    /// Counts an idle resource that its library has dropped.
    pub(super) fn count_dropped(&self, kept: &Kept<M>) {
        let by_age = || match self.needs_times() {
            true => self.age_of(kept, self.clock().now()),
            false => None,
        };
        let by_size = if self.is_closed() { CloseReason::ShutDown } else { CloseReason::Surplus };
        self.stats.count_closed(kept.0.reason.or_else(by_age).unwrap_or(by_size));
    }

    /// Runs the work of `stage` for at most `limit`. Work that need not wait costs nothing besides.
    #[inline]
    async fn limited<F: Future>(
        &self,
        stage: Stage,
        limit: Duration,
        mut work: Pin<&mut F>,
    ) -> Result<F::Output, TooSlow> {
        match poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await {
            Poll::Ready(output) => Ok(output),
            Poll::Pending => self.wait(stage, limit, work).await,
        }
    }

    /// Goes on with work that was polled once.
    async fn wait<F: Future>(
        &self,
        stage: Stage,
        limit: Duration,
        mut work: Pin<&mut F>,
    ) -> Result<F::Output, TooSlow> {
        let clock = self.clock();
        let mut sleep = clock.sleep_until(clock.now() + limit);
        let mut is_polled = true;
        poll_fn(|cx| {
            if !std::mem::take(&mut is_polled)
                && let Poll::Ready(output) = work.as_mut().poll(cx)
            {
                return Poll::Ready(Ok(output));
            }
            report(stage);
            pin!(&mut sleep).poll(cx).map(|()| Err(TooSlow::new(stage, limit)))
        })
        .await
    }
}

impl<M: Manage> Keeper for Managed<M> {
    fn stats(&self) -> &Arc<LibraryStats> {
        &self.stats
    }

    fn settle(&self, clock: &Clock) {
        let _first_wins = self.clock.set(clock.clone());
    }

    fn look_every(&self) -> Option<Duration> {
        let ages = [self.options.max_lifetime, self.options.max_idle_time];
        let shortest = ages.into_iter().flatten().min()?;
        Some((shortest / 8).clamp(Duration::from_millis(10), Duration::from_secs(30)))
    }
}

crate::__debug! { impl[M] Managed<M>: self { options: self.options } }

/// A connect that is counted until it ends.
struct Connecting<'s>(&'s LibraryStats);

impl<'s> Connecting<'s> {
    fn begin(stats: &'s LibraryStats) -> Self {
        stats.connecting().fetch_add(1, Relaxed);
        Self(stats)
    }
}

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        self.0.connecting().fetch_sub(1, Relaxed);
        if std::thread::panicking() {
            self.0.connect_cut(Some(Arc::new(Unfit::Panicked)));
        }
    }
}

/// The reason why a resource is not lent again, where the manager has given none.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("the resource was closed or taken out of the pool")]
    Spent,
    #[error("the pool was closed")]
    Closed,
    #[error("the resource is too old")]
    TooOld,
    #[error("the manager panicked while it connected")]
    Panicked,
}
