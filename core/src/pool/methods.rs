/// Writes the methods by which users borrow from a pool and control it, into an `impl` of its handle: a type with a
/// field `driver` that implements [`PoolControl`](crate::pool::PoolControl). Written once, and not as a trait, so
/// that users need no import.
#[doc(hidden)]
#[macro_export]
macro_rules! __pool_methods {
    () => {
        /// Starts to describe one use of the pool: its deadline, its kind, how it is run.
        #[track_caller]
        pub fn lend(&self) -> $crate::pool::Lend<'_, Self> {
            self.driver.lend(self)
        }

        /// Runs `op` with a borrowed resource. `timeout` covers waiting, connecting, checking and `op`
        /// together. It begins no SQL transaction: see [`transaction`](Self::transaction).
        ///
        /// The resource is closed if `op` was cut, dropped or panicked; otherwise it is returned.
        ///
        /// # Errors
        /// `Error::Refused` if no resource was available in time; `Error::TimedOut` if `op` was cut;
        /// `Error::Failed` with the error of `op`.
        ///
        /// # Panics
        /// If `op` or the manager panics.
        #[track_caller]
        pub fn with<T, E>(
            &self,
            op: impl AsyncFnOnce(&mut <Self as $crate::pool::Pool>::Resource) -> Result<T, E>,
            timeout: ::std::time::Duration,
        ) -> impl ::std::future::Future<Output = Result<T, $crate::Error<E>>> {
            self.lend().deadline(timeout).with(op)
        }

        /// Runs `op` with a borrowed resource on the current thread, and blocks it while none is available.
        ///
        /// A thread cannot be interrupted: if `timeout` passes while `op` runs, the resource is closed but
        /// the caller still gets the result. On the only thread of the runtime that the manager's connections
        /// run in, a connect or a check cannot make progress, so the checkout is refused after `timeout`.
        ///
        /// # Errors
        /// `Error::Refused` if no resource was available in time; `Error::Failed` with the error of `op`.
        ///
        /// # Panics
        /// If `op` or the manager panics.
        #[track_caller]
        pub fn with_blocking<T, E>(
            &self,
            op: impl FnOnce(&mut <Self as $crate::pool::Pool>::Resource) -> Result<T, E>,
            timeout: ::std::time::Duration,
        ) -> Result<T, $crate::Error<E>> {
            self.lend().deadline(timeout).with_blocking(op)
        }

        /// Runs `op` in a SQL transaction, which is committed if `op` returns `Ok` and otherwise rolled
        /// back: see `lend().transaction`, which also takes options.
        ///
        /// # Errors
        /// As `lend().transaction`.
        ///
        /// # Panics
        /// If `op` or the manager panics.
        #[track_caller]
        pub fn transaction<T, E>(
            &self,
            op: impl AsyncFnOnce(&mut <Self as $crate::pool::Pool>::Resource) -> Result<T, E>,
            timeout: ::std::time::Duration,
        ) -> impl ::std::future::Future<
            Output = Result<T, $crate::Error<$crate::pool::TransactionError<E>>>,
        >
        where
            Self: $crate::pool::Transact<<Self as $crate::pool::Pool>::Resource>,
        {
            self.lend().deadline(timeout).transaction(op)
        }

        /// Borrows a resource until the guard is dropped, for work that does not fit into one closure.
        ///
        /// # Errors
        /// If no resource was available in time.
        ///
        /// # Panics
        /// If the manager panics.
        #[track_caller]
        pub fn checkout(
            &self,
        ) -> impl ::std::future::Future<
            Output = Result<$crate::pool::Lent<'_, Self>, $crate::Refusal>,
        > + Send {
            self.lend().checkout()
        }

        /// Borrows a resource until the guard is dropped, which owns a handle to the pool: it can move to
        /// another task or thread.
        ///
        /// # Errors
        /// If no resource was available in time.
        ///
        /// # Panics
        /// If the manager panics.
        #[track_caller]
        pub fn checkout_owned(
            &self,
        ) -> impl ::std::future::Future<
            Output = Result<$crate::pool::OwnedLent<Self>, $crate::Refusal>,
        > + Send {
            self.lend().checkout_owned()
        }

        /// Borrows a resource without waiting for a permit: if none is free, it is refused at once.
        /// Connecting, checking and resetting still take their time.
        ///
        /// # Errors
        /// `RefusalKind::PoolFull`, or any refusal of `checkout`.
        ///
        /// # Panics
        /// If the manager panics.
        #[track_caller]
        pub fn try_checkout(
            &self,
        ) -> impl ::std::future::Future<
            Output = Result<$crate::pool::Lent<'_, Self>, $crate::Refusal>,
        > + Send {
            self.lend().without_waiting().checkout()
        }

        /// Returns the current status of the pool.
        #[must_use]
        pub fn status(&self) -> $crate::pool::PoolStatus {
            $crate::pool::PoolControl::pool_status(self)
        }

        /// Changes the maximum number of resources, without overflow, for all clones. Surplus idle resources
        /// are closed now, lent ones when they are returned. No checkout is admitted that the new size would
        /// not admit.
        ///
        /// # Errors
        /// If the backend cannot change the size of a running pool.
        pub fn resize(
            &self,
            max_size: ::std::num::NonZeroU32,
        ) -> Result<(), $crate::InvalidOption> {
            $crate::pool::PoolControl::resize(self, max_size)
        }

        /// Changes all options of the running pool, for all clones: sizes at once, times from their next use.
        ///
        /// # Errors
        /// If the options contradict each other, or if the backend cannot change one of them in a running
        /// pool. Nothing has changed then.
        pub fn reconfigure(
            &self,
            options: &$crate::pool::PoolOptions,
        ) -> Result<(), $crate::InvalidOption> {
            $crate::pool::PoolControl::reconfigure(self, options)
        }

        /// Closes the pool permanently, for all clones. Running and new checkouts are refused at once; idle
        /// resources are closed now, lent ones when they are returned.
        pub fn close(&self) {
            $crate::pool::PoolControl::close(self);
        }

        /// Closes the pool, waits until all lent resources have been returned, and closes them with
        /// `Manage::close`. All of this takes at most `patience`. If the future
        /// is dropped earlier, the pool is closed as by [`close`](Self::close).
        pub fn drain(
            &self,
            patience: ::std::time::Duration,
        ) -> impl ::std::future::Future<Output = $crate::pool::Drained> + Send {
            $crate::pool::PoolControl::drain(self, patience)
        }

        /// Returns the pool's background work, as a future for the application to run. It connects while the
        /// pool is degraded, with backoff, keeps `min_idle` resources idle, closes resources that are too
        /// old, and continues what no caller waits for: see
        /// `PoolControl::maintain`.
        pub fn maintain(&self) -> impl ::std::future::Future<Output = ()> + Send + 'static {
            $crate::pool::PoolControl::maintain(self)
        }
    };
}
