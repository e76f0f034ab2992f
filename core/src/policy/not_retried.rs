use std::fmt;

/// The reason why a call that failed is not attempted again, although its policy has retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotRetried {
    /// The operation can run only once: use [`run_attempts`](crate::GuardedVia::run_attempts).
    RunsOnce,
    /// Nothing says that the call may be repeated: see [`idempotent`](crate::GuardedVia::idempotent).
    NotIdempotent,
    /// The caller of the request that the call serves attempts it again: see
    /// [`serving_attempt`](crate::GuardedVia::serving_attempt).
    CallerRetries,
    /// As many attempts were made as may be.
    AttemptsExhausted,
    /// A layer takes no extra calls now: its circuit is not closed.
    LayerNotReady,
    /// The service asks for a longer wait than `retry_after_max`.
    RetryAfterTooLong,
    /// The deadline would pass before another attempt could end.
    Deadline,
    /// The budget of extra calls is exhausted.
    BudgetExhausted,
    /// It would be, but the policy is only observed.
    Observed,
}

impl NotRetried {
    /// Returns the name that telemetry uses, in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunsOnce => "runs_once",
            Self::NotIdempotent => "not_idempotent",
            Self::CallerRetries => "caller_retries",
            Self::AttemptsExhausted => "attempts_exhausted",
            Self::LayerNotReady => "layer_not_ready",
            Self::RetryAfterTooLong => "retry_after_too_long",
            Self::Deadline => "deadline",
            Self::BudgetExhausted => "budget_exhausted",
            Self::Observed => "observed",
        }
    }
}

impl fmt::Display for NotRetried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
