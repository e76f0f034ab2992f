/// Writes what both kinds of breaker have in common. The keyed one names an argument and its
/// lifetime, so that its calls take a key first.
macro_rules! impl_breaker {
    ($breaker:ident $(, $key:ident: $life:lifetime)?) => {
        impl $breaker {
            /// Returns the same breaker with its calls led by `driver`, which has a clock and observers.
            #[must_use]
            pub fn with_driver(self, driver: Driver) -> Self {
                Self(self.0.with_driver(driver))
            }

            /// Returns the name of the breaker.
            #[must_use]
            pub fn name(&self) -> &Name {
                self.layer().name()
            }

            /// Runs `op` if its circuit admits it, and cuts it after `timeout`.
            ///
            /// # Errors
            /// Returns [`Error::Refused`] if the circuit does not admit it, with the time until a retry may
            /// be admitted; [`Error::TimedOut`] if `op` was cut, and [`Error::Failed`] with its own error:
            /// these two count as failures.
            ///
            /// # Panics
            /// Panics if `op` does, which counts as a failure.
            #[inline]
            pub fn execute<$($life,)? T, E, O>(
                &$($life)? self,
                $($key: impl KeyParts + Send + Sync + $life,)?
                op: impl FnOnce() -> O,
                timeout: Duration,
            ) -> impl Future<Output = Result<T, Error<E>>>
            where
                O: Future<Output = Result<T, E>>,
            {
                self.protect()$(.key($key))?.timeout(timeout).run(op)
            }

            /// Runs `op` as [`execute`](Self::execute) does, and returns the value of `refused` where it is
            /// refused: a default, or what was known before.
            ///
            /// # Errors
            /// Returns [`Error::TimedOut`] if `op` was cut, and [`Error::Failed`] with its own error.
            ///
            /// # Panics
            /// Panics if `op` or `refused` does.
            pub fn execute_or<$($life,)? T, E, O>(
                &$($life)? self,
                $($key: impl KeyParts + Send + Sync + $life,)?
                op: impl FnOnce() -> O,
                timeout: Duration,
                refused: impl FnOnce(&Refusal) -> T,
            ) -> impl Future<Output = Result<T, Error<E>>>
            where
                O: Future<Output = Result<T, E>>,
            {
                self.protect()$(.key($key))?.timeout(timeout).run_or(op, refused)
            }

            /// Runs `op` on this thread if its circuit admits it. If it takes longer than the breaker's
            /// `call_timeout`, it counts as a failure, and its result is returned all the same.
            ///
            /// # Errors
            /// Returns [`Error::Refused`] if the circuit does not admit it, and [`Error::Failed`] with the
            /// error of `op`.
            ///
            /// # Panics
            /// Panics if `op` does, which counts as a failure.
            pub fn execute_blocking<T, E>(
                &self,
                $($key: impl KeyParts + Send + Sync,)?
                op: impl FnOnce() -> Result<T, E>,
            ) -> Result<T, Error<E>> {
                self.protect()$(.key($key))?.run_blocking(op)
            }

            /// Runs `op` as [`execute_blocking`](Self::execute_blocking) does, and returns the value of
            /// `refused` where it is refused.
            ///
            /// # Errors
            /// Returns [`Error::Failed`] with the error of `op`.
            ///
            /// # Panics
            /// Panics if `op` or `refused` does.
            pub fn execute_blocking_or<T, E>(
                &self,
                $($key: impl KeyParts + Send + Sync,)?
                op: impl FnOnce() -> Result<T, E>,
                refused: impl FnOnce(&Refusal) -> T,
            ) -> Result<T, Error<E>> {
                self.protect()$(.key($key))?.run_blocking_or(op, refused)
            }

            /// Begins a call through this breaker, to be configured further (a key, a classifier, a
            /// deadline) and run.
            #[inline]
            pub fn protect(&self) -> Guarded<'_, Self> {
                self.0.protect(self)
            }
        }

        impl crate::control::sealed::Sealed for $breaker {
            fn follower(&self) -> crate::handle::Follower {
                self.0.follower()
            }
        }

        impl Backend for $breaker {
            fn layer(&self) -> &Layer {
                self.0.circuits.layer()
            }

            #[inline(always)]
            fn enter(&self, call: &Call<'_>) -> Entry {
                self.0.circuits.enter(call)
            }

            #[inline(always)]
            fn exit(&self, token: Token, exit: &Exit<'_>) {
                self.0.circuits.exit(token, exit);
            }

            fn accepts_extra(&self, call: &Call<'_>) -> bool {
                self.0.circuits.accepts_extra(call)
            }

            fn status(&self, now: Tick) -> Status {
                Backend::status(&*self.0.circuits, now)
            }
        }
    };
}

pub(crate) use impl_breaker;
