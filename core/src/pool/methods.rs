/// Writes the methods by which the users of a pool borrow from it, into an `impl` of its handle: a type with a
/// field `driver` that implements [`Pool`](crate::pool::Pool). Written once, and not as a trait, so that users
/// need no import.
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
    };
}
