use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::guard::Begin;
use super::lending::Lending;
use super::{Lent, OwnedLent, Pool, Terms, Transact, TransactionError, TransactionOptions};
use crate::driver::judge::judge;
use crate::driver::limit::Limit;
use crate::driver::{asynchronous, blocking};
use crate::{ByResult, Classify, Deadline, Driver, Error, Refusal, RefusalKind, Tick};

/// Describes one use of a pool, and runs it.
///
/// ```
/// # use seawall_core::{Driver, Error, pool::Pool};
/// # use std::{io, time::Duration};
/// # async fn example(driver: Driver, pool: impl Pool<Resource = String>) {
/// let length: Result<usize, Error<io::Error>> = driver
///     .lend(&pool)
///     .deadline(Duration::from_secs(1))
///     .with(async |greeting| Ok(greeting.len()))
///     .await;
/// # }
/// ```
#[must_use = "this does nothing until it runs"]
pub struct Lend<'p, P: Pool, C = ByResult> {
    driver: &'p Driver,
    pub(super) pool: &'p P,
    deadline: Option<Duration>,
    /// The limit of the call that the use is part of; it has begun.
    limit: Option<Limit>,
    may_wait: bool,
    caller: &'static Location<'static>,
    transaction: TransactionOptions,
    classify: C,
}

impl Driver {
    /// Starts to describe a use of `pool`.
    #[track_caller]
    pub fn lend<'p, P: Pool>(&'p self, pool: &'p P) -> Lend<'p, P> {
        Lend {
            driver: self,
            pool,
            deadline: None,
            limit: None,
            may_wait: true,
            caller: Location::caller(),
            transaction: TransactionOptions::new(),
            classify: ByResult,
        }
    }
}

impl<'p, P: Pool, C> Lend<'p, P, C> {
    /// Limits the time of waiting, connecting, checking and the operation together. If it passes before
    /// the operation starts, the call is refused as [`RefusalKind::Deadline`] or as the pool says; a
    /// deadline of zero has passed at once. By default, the checkout has the pool's
    /// `checkout_timeout`, and the operation has no limit.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Refuses the checkout at once if no resource is free, instead of waiting. Connecting,
    /// checking and resetting still take their time.
    pub fn without_waiting(mut self) -> Self {
        self.may_wait = false;
        self
    }

    /// Uses `classify` to decide what a result says about the resource. Default: `Ok` is a success
    /// and `Err` a failure.
    pub fn classify<N>(self, classify: N) -> Lend<'p, P, N> {
        let Self { driver, pool, deadline, limit, may_wait, caller, transaction, .. } = self;
        Lend { driver, pool, deadline, limit, may_wait, caller, transaction, classify }
    }

    /// Sets the options of the SQL transaction that [`transaction`](Self::transaction) runs.
    pub fn transaction_options(mut self, options: TransactionOptions) -> Self {
        self.transaction = options;
        self
    }

    /// Names the place in the code that asks, if it is not the caller of [`Driver::lend`].
    pub(super) fn called_from(mut self, caller: &'static Location<'static>) -> Self {
        self.caller = caller;
        self
    }

    /// Ends the use by the end of `limit`, in place of a deadline.
    pub(super) fn limited(mut self, limit: Option<Limit>) -> Self {
        self.limit = limit;
        self
    }

    /// Runs `op` with a resource of the pool. It begins no SQL transaction: see
    /// [`transaction`](Self::transaction).
    ///
    /// The resource is closed if `op` was cut, dropped or panicked, because its state is unknown;
    /// otherwise it is returned.
    ///
    /// The future is `Send` if everything that `op` holds and awaits is. If `op` is a generic
    /// parameter, let it return a [`BoxFuture`](crate::BoxFuture), and pass `async move |resource|
    /// op(resource).await`.
    ///
    /// # Errors
    /// [`Error::Refused`] if no resource was available in time; [`Error::TimedOut`] if `op` was
    /// cut; [`Error::Failed`] with the error of `op`.
    ///
    /// # Panics
    /// If `op` panics.
    #[expect(clippy::manual_async_fn, reason = "a block moves what it captures once less")]
    pub fn with<T, E>(
        self,
        op: impl AsyncFnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        C: Classify<T, E>,
    {
        async move {
            let (terms, limit) = self.terms(true)?;
            let mut lent = self.lent(terms).await?;
            let clock = self.driver.clock();
            if limit.is_some_and(|limit| limit.has_passed(clock)) {
                return Err(Error::Refused(self.return_unused(lent)));
            }
            let (resource, ending) = lent.split();
            let judge = |output| judge(&self.classify, output);
            asynchronous::drive(ending, clock, limit, judge, || op(resource)).await
        }
    }

    /// Runs `op` with a resource of the pool on the current thread, and blocks it while none is
    /// available.
    ///
    /// A thread cannot be interrupted: if the deadline passes while `op` runs, the resource is
    /// closed but the caller still gets the result. The thread must not be the only one of the runtime
    /// that the manager needs: see [`checkout_blocking`](Self::checkout_blocking).
    ///
    /// # Errors
    /// [`Error::Refused`] if no resource was available in time; [`Error::Failed`] with the error of
    /// `op`.
    ///
    /// # Panics
    /// If `op` panics.
    pub fn with_blocking<T, E>(
        self,
        op: impl FnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let (terms, limit) = self.terms(true)?;
        let item = self.pool.checkout_blocking(terms);
        let item = self.admitted(item)?;
        let begin = Begin::now(self.driver, terms.asked());
        let mut lent = Lent::new(self.driver, self.pool, item, begin);
        let clock = self.driver.clock();
        if limit.is_some_and(|limit| limit.has_passed(clock)) {
            return Err(Error::Refused(self.return_unused(lent)));
        }
        let (resource, ending) = lent.split();
        let classify = |output: &_| self.classify.classify(output);
        blocking::drive(ending, clock, limit, classify, || op(resource)).map_err(Error::Failed)
    }

    /// Runs `op` in a SQL transaction: `BEGIN`, then `COMMIT` if `op` returns `Ok`, and `ROLLBACK` if it
    /// returns `Err`. If `op` was cut, dropped or panicked, the connection is closed, so the database
    /// rolls back. The deadline covers all of this.
    ///
    /// # Errors
    /// [`Error::Refused`] if no resource was available in time or `BEGIN` failed; [`Error::TimedOut`]
    /// if `op` or `COMMIT` was cut: after a cut `COMMIT`, the changes may have been made or not;
    /// [`Error::Failed`] with the error of `op`, or of `COMMIT`.
    ///
    /// # Panics
    /// If `op` panics.
    pub async fn transaction<T, E>(
        self,
        op: impl AsyncFnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> Result<T, Error<TransactionError<E>>>
    where
        P: Transact<P::Resource>,
        C: Classify<T, TransactionError<E>>,
    {
        let pool = self.pool;
        self.transaction_by(pool, op).await
    }

    /// Runs `op` in a SQL transaction, as [`transaction`](Self::transaction) does, which `sql` begins and
    /// ends: for pools that do not know how.
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction).
    ///
    /// # Panics
    /// If `op` panics.
    pub async fn transaction_by<T, E, S: Transact<P::Resource>>(
        self,
        sql: &S,
        op: impl AsyncFnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> Result<T, Error<TransactionError<E>>>
    where
        C: Classify<T, TransactionError<E>>,
    {
        let (terms, limit) = self.terms(true)?;
        let terms = terms.begun();
        let mut lent = self.lent(terms).await?;
        let begin = sql.begin(lent.preparing(), &self.transaction);
        match terms.deadline().cut(begin).await {
            Some(Ok(())) => lent.started(),
            Some(Err(error)) => {
                let refusal = Refusal::new(RefusalKind::ResourceUnavailable, self.pool.layer());
                let refusal = refusal.with_source(Arc::new(error));
                self.driver.emit_refusal(&refusal);
                return Err(Error::Refused(refusal));
            }
            None => return Err(Error::Refused(self.refuse_late())),
        }
        let clock = self.driver.clock();
        if limit.is_some_and(|limit| limit.has_passed(clock)) {
            lent.mark_discarded();
            return Err(Error::Refused(self.return_unused(lent)));
        }
        // Shared with the operation's future, which may move to another thread.
        let is_open = AtomicBool::new(false);
        let (resource, ending) = lent.split();
        let judge = |output| judge(&self.classify, output);
        let ends = Deadline::new(clock, limit.map_or(Tick::MAX, |limit| limit.until));
        let whole = || async {
            match op(&mut *resource).await {
                Ok(value) => match sql.commit(resource).await {
                    Ok(()) => Ok(value),
                    Err(error) => {
                        is_open.store(true, Ordering::Relaxed);
                        Err(TransactionError::Commit(Arc::new(error)))
                    }
                },
                Err(error) => {
                    let rolled_back = ends.cut(sql.rollback(resource)).await;
                    is_open.store(!matches!(rolled_back, Some(Ok(()))), Ordering::Relaxed);
                    Err(TransactionError::Operation(error))
                }
            }
        };
        let result = asynchronous::drive(ending, clock, limit, judge, whole).await;
        if is_open.into_inner() {
            lent.mark_discarded();
        }
        result
    }

    /// Borrows a resource until the guard is dropped.
    ///
    /// # Errors
    /// If no resource was available in time.
    #[inline(always)]
    pub fn checkout(self) -> impl Future<Output = Result<Lent<'p, P>, Refusal>> {
        // A closure is inlined; `Lent::new` would be called.
        self.guarded(|driver, pool, item, begin| Lent::new(driver, pool, item, begin))
    }

    /// Borrows a resource until the guard is dropped, which owns handles to the driver and the pool: it
    /// can move to another task or thread.
    ///
    /// # Errors
    /// If no resource was available in time.
    pub fn checkout_owned(self) -> impl Future<Output = Result<OwnedLent<P>, Refusal>>
    where
        P: Clone,
    {
        self.guarded(|driver, pool, item, begin| {
            OwnedLent::new(driver.clone(), pool.clone(), item, begin)
        })
    }

    /// Checks out a resource for the guard that `guard` makes. The checkout begins when it is polled.
    #[inline(always)]
    fn guarded<T>(
        self,
        guard: impl Fn(&'p Driver, &'p P, P::Item, Begin) -> T,
    ) -> impl Future<Output = Result<T, Refusal>> {
        let (driver, pool, deadline) = (self.driver, self.pool, self.deadline);
        let patience = pool.checkout_timeout().min(deadline.unwrap_or(Duration::MAX));
        let mut terms = Terms::new(driver.clock(), Tick::MAX, patience, self.caller);
        terms.may_wait = self.may_wait;
        let is_late = deadline == Some(Duration::ZERO);
        Lending::new(driver, pool, is_late, Tick::MAX, pool.checkout(terms), guard)
    }

    /// Borrows a resource until the guard is dropped, and blocks the current thread while none is
    /// available.
    ///
    /// If this thread is the only one of the runtime in which the manager's connections do their I/O, as
    /// inside a current-thread runtime of Tokio, a connect or a check waits for the thread that this call
    /// blocks, so the checkout is refused at its deadline. Call it in `spawn_blocking`, or await
    /// [`checkout`](Self::checkout).
    ///
    /// # Errors
    /// If no resource was available in time.
    pub fn checkout_blocking(self) -> Result<Lent<'p, P>, Refusal> {
        let (terms, _) = self.terms(false)?;
        let item = self.pool.checkout_blocking(terms);
        let item = self.admitted(item)?;
        let begin = Begin::now(self.driver, terms.asked());
        Ok(Lent::new(self.driver, self.pool, item, begin).blame_unwinding())
    }

    /// Borrows a resource on these `terms`.
    #[inline(always)]
    fn lent(&self, terms: Terms<'p>) -> impl Future<Output = Result<Lent<'p, P>, Refusal>> {
        let (asked, checkout) = (terms.asked(), self.pool.checkout(terms));
        let guard = |driver, pool, item, begin| Lent::new(driver, pool, item, begin);
        Lending::new(self.driver, self.pool, false, asked, checkout, guard)
    }

    /// Returns the terms of the checkout, and the limit of the use, if there is one.
    #[inline(always)]
    pub(super) fn terms(&self, limits_use: bool) -> Result<(Terms<'p>, Option<Limit>), Refusal> {
        let (clock, patience) = (self.driver.clock(), self.pool.checkout_timeout());
        let mut terms = Terms::new(clock, Tick::MAX, patience, self.caller);
        terms.may_wait = self.may_wait;
        if self.deadline.is_some() || self.limit.is_some() {
            return self.limited_terms(terms, limits_use);
        }
        Ok((if self.driver.is_observed() { terms.begun() } else { terms }, None))
    }

    #[inline(always)]
    fn limited_terms(
        &self,
        terms: Terms<'p>,
        limits_use: bool,
    ) -> Result<(Terms<'p>, Option<Limit>), Refusal> {
        // The limit of the call may have passed since its layers admitted it.
        let now = self.driver.clock().now();
        let limit = match (self.deadline, self.limit) {
            (None, Some(limit)) => limit,
            (deadline, _) => Limit::new_at(now, deadline.unwrap_or(Duration::MAX)),
        };
        if now >= limit.until {
            return Err(self.refuse_late());
        }
        Ok((terms.within(limit, now, limits_use), Some(limit)))
    }

    #[inline]
    pub(super) fn admitted(&self, item: Result<P::Item, Refusal>) -> Result<P::Item, Refusal> {
        item.inspect_err(|refusal| self.driver.emit_refusal(refusal))
    }

    /// Returns a resource that came too late to be used.
    #[cold]
    fn return_unused(&self, lent: Lent<'p, P>) -> Refusal {
        lent.return_unused();
        self.refuse_late()
    }

    fn refuse_late(&self) -> Refusal {
        refuse_late(self.driver, self.pool)
    }
}

/// Returns the refusal of a caller whose time is over.
#[cold]
pub(super) fn refuse_late<P: Pool>(driver: &Driver, pool: &P) -> Refusal {
    let refusal = Refusal::new(RefusalKind::Deadline, pool.layer());
    driver.emit_refusal(&refusal);
    refusal
}

crate::__debug! {
    impl[P: Pool, C] Lend<'_, P, C>: self {
        pool: self.pool.layer(),
        deadline: self.deadline,
        may_wait: self.may_wait,
    }
}
