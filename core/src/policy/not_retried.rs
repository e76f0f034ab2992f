crate::__named! {
    /// The reason why a call that failed is not attempted again, although its policy has retries.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum NotRetried {
        /// The operation can run only once: use [`run_attempts`](crate::GuardedVia::run_attempts).
        RunsOnce = "runs_once",
        /// Nothing says that the call may be repeated: see [`idempotent`](crate::GuardedVia::idempotent).
        NotIdempotent = "not_idempotent",
        /// The caller of the request that the call serves attempts it again: see
        /// [`serving_attempt`](crate::GuardedVia::serving_attempt).
        CallerRetries = "caller_retries",
        /// As many attempts were made as may be.
        AttemptsExhausted = "attempts_exhausted",
        /// A layer takes no extra calls now: its circuit is not closed.
        LayerNotReady = "layer_not_ready",
        /// The service asks for a longer wait than `retry_after_max`.
        RetryAfterTooLong = "retry_after_too_long",
        /// The deadline would pass before another attempt could end.
        Deadline = "deadline",
        /// The budget of extra calls is exhausted.
        BudgetExhausted = "budget_exhausted",
        /// It would be, but the policy is only observed.
        Observed = "observed",
    }
}
