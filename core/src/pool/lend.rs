use std::time::Duration;

use super::{Lent, Pool, Terms};
use crate::driver::judge::judge;
use crate::driver::limit::Limit;
use crate::driver::{asynchronous, blocking};
use crate::time::Span;
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
///     .transaction(async |greeting| Ok(greeting.len()))
///     .await;
/// # }
/// ```
#[must_use = "this does nothing until it runs"]
pub struct Lend<'p, P: Pool, C = ByResult> {
    driver: &'p Driver,
    pool: &'p P,
    deadline: Option<Duration>,
    may_wait: bool,
    classify: C,
}

impl Driver {
    /// Starts to describe a use of `pool`.
    pub fn lend<'p, P: Pool>(&'p self, pool: &'p P) -> Lend<'p, P> {
        Lend { driver: self, pool, deadline: None, may_wait: true, classify: ByResult }
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
        let Self { driver, pool, deadline, may_wait, .. } = self;
        Lend { driver, pool, deadline, may_wait, classify }
    }

    /// Runs `op` with a resource of the pool.
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
    pub async fn transaction<T, E>(
        self,
        op: impl AsyncFnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let (terms, ends_at) = self.terms()?;
        let item = self.pool.checkout(terms).await;
        let mut lent = Lent::new(self.driver, self.pool, self.admitted(item)?);
        let clock = self.driver.clock();
        let limit = Limit::new(clock, Span::NONE, ends_at.unwrap_or(Tick::MAX), None);
        if limit.is_some_and(Limit::is_over) {
            return Err(Error::Refused(self.return_unused(lent)));
        }
        let (resource, ending) = lent.split();
        let judge = |output| judge(&self.classify, output);
        asynchronous::drive(ending, clock, limit, judge, || op(resource)).await
    }

    /// Runs `op` with a resource of the pool on the current thread, and blocks it while none is
    /// available.
    ///
    /// A thread cannot be interrupted: if the deadline passes while `op` runs, the resource is
    /// closed but the caller still gets the result.
    ///
    /// # Errors
    /// [`Error::Refused`] if no resource was available in time; [`Error::Failed`] with the error of
    /// `op`.
    ///
    /// # Panics
    /// If `op` panics.
    pub fn transaction_blocking<T, E>(
        self,
        op: impl FnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let (terms, ends_at) = self.terms()?;
        let item = blocking::block_on(None, self.pool.checkout(terms));
        let mut lent = Lent::new(self.driver, self.pool, self.admitted(item)?);
        let clock = self.driver.clock();
        let limit = Limit::new(clock, Span::NONE, ends_at.unwrap_or(Tick::MAX), None);
        if limit.is_some_and(Limit::is_over) {
            return Err(Error::Refused(self.return_unused(lent)));
        }
        let (resource, ending) = lent.split();
        let classify = |output: &_| self.classify.classify(output);
        blocking::drive(ending, clock, limit, classify, || op(resource)).map_err(Error::Failed)
    }

    /// Borrows a resource until the guard is dropped.
    ///
    /// # Errors
    /// If no resource was available in time.
    pub async fn checkout(self) -> Result<Lent<'p, P>, Refusal> {
        let (terms, _) = self.terms()?;
        let item = self.pool.checkout(terms).await;
        Ok(Lent::new(self.driver, self.pool, self.admitted(item)?))
    }

    /// Borrows a resource until the guard is dropped, and blocks the current thread while none is
    /// available.
    ///
    /// # Errors
    /// If no resource was available in time.
    pub fn checkout_blocking(self) -> Result<Lent<'p, P>, Refusal> {
        let (terms, _) = self.terms()?;
        let item = blocking::block_on(None, self.pool.checkout(terms));
        Ok(Lent::new(self.driver, self.pool, self.admitted(item)?).blame_unwinding())
    }

    /// Returns the terms of a checkout that begins now, and the time at which the operation has to be
    /// over, if there is a deadline.
    fn terms(&self) -> Result<(Terms<'p>, Option<Tick>), Refusal> {
        if self.deadline.is_some_and(|deadline| deadline.is_zero()) {
            return Err(self.refuse_late());
        }
        let clock = self.driver.clock();
        let now = clock.now();
        let patience = now + self.pool.patience();
        let ends_at = self.deadline.map(|deadline| now + deadline);
        let by = ends_at.map_or(patience, |ends_at| ends_at.min(patience));
        let deadline = Deadline::new(clock, by);
        Ok((Terms { deadline, since: Some(now), may_wait: self.may_wait }, ends_at))
    }

    #[inline]
    fn admitted(&self, item: Result<P::Item, Refusal>) -> Result<P::Item, Refusal> {
        item.inspect_err(|refusal| self.driver.emit_refusal(refusal))
    }

    /// Returns a resource that came too late to be used.
    #[cold]
    fn return_unused(&self, lent: Lent<'p, P>) -> Refusal {
        lent.return_unused();
        self.refuse_late()
    }

    #[cold]
    fn refuse_late(&self) -> Refusal {
        let refusal = Refusal::new(RefusalKind::Deadline, self.pool.layer());
        self.driver.emit_refusal(&refusal);
        refusal
    }
}

impl<P: Pool, C> std::fmt::Debug for Lend<'_, P, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lend")
            .field("pool", self.pool.layer())
            .field("deadline", &self.deadline)
            .field("may_wait", &self.may_wait)
            .finish_non_exhaustive()
    }
}
