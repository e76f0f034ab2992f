use std::iter::{Repeat, repeat};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use failsafe::backoff::{self, EqualJittered, Exponential};
use failsafe::{FailurePolicy, failure_policy};

use crate::{Backoff, FailsafeOptions};

/// One of failsafe's policies, or the application's.
pub(crate) type AnyPolicy = Box<dyn FailurePolicy + Send>;

/// Returns failsafe's policies for `options`.
pub(crate) fn policy(options: &FailsafeOptions) -> AnyPolicy {
    let waits = Waits::new(options.reset);
    let failures = options.failure_limit();
    let consecutive =
        failures.map(|failures| failure_policy::consecutive_failures(failures, waits.clone()));
    let rate = options.success_rate.map(|rate| {
        let (required, calls, window) = (rate.required, rate.minimum_calls, rate.window);
        failure_policy::success_rate_over_time_window(required, calls, window, waits)
    });
    match (consecutive, rate) {
        (Some(consecutive), Some(rate)) => Box::new(consecutive.or_else(rate)),
        (Some(consecutive), None) => Box::new(consecutive),
        (None, Some(rate)) => Box::new(rate),
        (None, None) => unreachable!("without a rule there is the default"),
    }
}

/// Passes on what a policy says, and keeps the open time that it chose, which failsafe's machine does
/// not report.
pub(crate) struct Watched {
    policy: AnyPolicy,
    is_new: bool,
    open_for: OpenFor,
}

/// The last open time that a policy chose, in nanoseconds.
#[derive(Clone, Default)]
pub(crate) struct OpenFor(Arc<AtomicU64>);

impl OpenFor {
    pub(crate) fn get(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

impl Watched {
    pub(crate) fn new(policy: AnyPolicy, open_for: OpenFor) -> Self {
        Self { policy, is_new: true, open_for }
    }

    /// The policy's time begins at the first result and not when it was made, which was by another
    /// clock.
    fn begun(&mut self) -> &mut AnyPolicy {
        if std::mem::take(&mut self.is_new) {
            self.policy.revived();
        }
        &mut self.policy
    }
}

impl FailurePolicy for Watched {
    fn record_success(&mut self) {
        self.begun().record_success();
    }

    fn mark_dead_on_failure(&mut self) -> Option<Duration> {
        let open_for = self.begun().mark_dead_on_failure()?;
        let nanos = u64::try_from(open_for.as_nanos()).unwrap_or(u64::MAX);
        self.open_for.0.store(nanos, Ordering::Relaxed);
        Some(open_for)
    }

    fn revived(&mut self) {
        self.is_new = false;
        self.policy.revived();
    }
}

/// How long the circuit stays open each time, as a backoff of failsafe's.
#[derive(Clone)]
enum Waits {
    Fixed(Repeat<Duration>),
    Exponential(Exponential),
    Jittered(EqualJittered),
}

impl Waits {
    fn new(reset: Backoff) -> Self {
        match reset {
            Backoff::Fixed(wait) => Self::Fixed(repeat(wait)),
            Backoff::Exponential { first, most } => {
                Self::Exponential(backoff::exponential(first, most))
            }
            Backoff::Jittered { first, most } => {
                Self::Jittered(backoff::equal_jittered(first, most))
            }
        }
    }
}

impl Iterator for Waits {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        match self {
            Self::Fixed(waits) => waits.next(),
            Self::Exponential(waits) => waits.next(),
            Self::Jittered(waits) => waits.next(),
        }
    }
}
