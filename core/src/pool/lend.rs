use std::time::Duration;

use super::{Lent, Pool, Terms};
use crate::driver::judge::judge;
use crate::driver::limit::Limit;
use crate::driver::{asynchronous, blocking};
use crate::{ByResult, Classify, Deadline, Driver, Error, Refusal, Tick};

/// One use of a pool: describe it, then make it.
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
#[must_use = "a use that is not made does nothing"]
pub struct Lend<'p, P: Pool, C = ByResult> {
    driver: &'p Driver,
    pool: &'p P,
    deadline: Option<Duration>,
    may_wait: bool,
    classify: C,
}

impl Driver {
    /// A use of `pool`, to be described further and then made.
    pub fn lend<'p, P: Pool>(&'p self, pool: &'p P) -> Lend<'p, P> {
        Lend { driver: self, pool, deadline: None, may_wait: true, classify: ByResult }
    }
}

impl<'p, P: Pool, C> Lend<'p, P, C> {
    /// Gives waiting, connecting, checking and the operation this long together. For want of it,
    /// the checkout has what the pool's configuration says, and the operation all the time it likes.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Does not wait for a place: a pool that has none is full, and says so at once. Connecting,
    /// checking and resetting take the time they have.
    pub fn without_waiting(mut self) -> Self {
        self.may_wait = false;
        self
    }

    /// Decides by `classify` what a result says about the resource; for want of it, `Ok` is a
    /// success and `Err` a failure.
    pub fn classify<N>(self, classify: N) -> Lend<'p, P, N> {
        let Self { driver, pool, deadline, may_wait, .. } = self;
        Lend { driver, pool, deadline, may_wait, classify }
    }

    /// Runs `op` on a resource of the pool.
    ///
    /// A resource whose operation was cut, dropped or panicked is closed, since nobody knows what
    /// state it is in; any other goes back.
    ///
    /// The future can be sent to another thread if all that `op` holds and waits for can. Where `op`
    /// is a parameter of yours, have it return a [`BoxFuture`](crate::BoxFuture), which says so, and
    /// hand over `async move |resource| op(resource).await`.
    ///
    /// # Errors
    /// [`Error::Refused`] if none was to be had; [`Error::TimedOut`] if `op` was cut;
    /// [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` does.
    pub async fn transaction<T, E>(
        self,
        op: impl AsyncFnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let (terms, ends_at) = self.terms();
        let item = self.pool.checkout(terms).await;
        let mut lent = self.lent(item)?;
        let clock = self.driver.clock();
        let limit = Limit::of(clock, None, ends_at);
        let (resource, ending) = lent.split();
        let judge = |output| judge(&self.classify, output);
        asynchronous::drive(ending, clock, limit, judge, || op(resource)).await
    }

    /// Runs `op` on a resource of the pool, on this thread, blocking it while there is none.
    ///
    /// A thread cannot be cut: when the deadline passes while `op` runs, the resource is closed and
    /// the caller gets the result all the same.
    ///
    /// # Errors
    /// [`Error::Refused`] if none was to be had; [`Error::Failed`] with `op`'s own error.
    ///
    /// # Panics
    /// If `op` does.
    pub fn transaction_blocking<T, E>(
        self,
        op: impl FnOnce(&mut P::Resource) -> Result<T, E>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let (terms, ends_at) = self.terms();
        let item = blocking::block_on(self.pool.checkout(terms));
        let mut lent = self.lent(item)?;
        let clock = self.driver.clock();
        let limit = Limit::of(clock, None, ends_at);
        let (resource, ending) = lent.split();
        let classify = |output: &_| self.classify.classify(output);
        blocking::drive(ending, clock, limit, classify, || op(resource)).map_err(Error::Failed)
    }

    /// Lends a resource until the guard is dropped.
    ///
    /// # Errors
    /// If none was to be had in time.
    pub async fn checkout(self) -> Result<Lent<'p, P>, Refusal> {
        let (terms, _) = self.terms();
        let item = self.pool.checkout(terms).await;
        self.lent(item)
    }

    /// Lends a resource until the guard is dropped, blocking this thread while there is none.
    ///
    /// # Errors
    /// If none was to be had in time.
    pub fn checkout_blocking(self) -> Result<Lent<'p, P>, Refusal> {
        let (terms, _) = self.terms();
        let item = blocking::block_on(self.pool.checkout(terms));
        self.lent(item)
    }

    /// The terms of a checkout that begins now, and when the operation has to be over, if it has to.
    fn terms(&self) -> (Terms<'p>, Option<Tick>) {
        let clock = self.driver.clock();
        let now = clock.now();
        let patience = now + self.pool.patience();
        let ends_at = self.deadline.map(|deadline| now + deadline);
        let by = ends_at.map_or(patience, |ends_at| ends_at.min(patience));
        let deadline = Deadline::new(clock, by);
        (Terms { deadline, since: Some(now), may_wait: self.may_wait }, ends_at)
    }

    #[inline]
    fn lent(&self, item: Result<P::Item, Refusal>) -> Result<Lent<'p, P>, Refusal> {
        item.map(|item| Lent::new(self.driver, self.pool, item))
            .inspect_err(|refusal| self.driver.emit_refusal(refusal))
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
