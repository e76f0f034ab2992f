//! The policies of failsafe, told the time.

use std::iter::{Repeat, repeat};
use std::time::{Duration, Instant};

use failsafe::backoff::{self, EqualJittered, Exponential};
use failsafe::{FailurePolicy, clock, failure_policy};
use seawall_core::Tick;

use crate::{Backoff, FailsafeOptions};

/// What decides when the circuit opens, and for how long.
pub(crate) struct Policy {
    /// Makes its decisions by failsafe's clock, if it needs one at all.
    inner: Box<dyn FailurePolicy + Send>,
    clock: Option<Frozen>,
}

/// failsafe's clock, made to stand still at a given time while a policy is asked.
struct Frozen {
    origin: Instant,
    /// The latest time so far: the average does not bear going back. `None` before the first.
    latest: Option<Tick>,
}

impl Policy {
    pub(crate) fn new(options: &FailsafeOptions) -> Self {
        let waits = Waits::new(options.reset);
        let in_a_row = options
            .failure_limit()
            .map(|failures| failure_policy::consecutive_failures(failures, waits.clone()));
        let rate = options.success_rate.map(|rate| {
            let (required, calls, window) = (rate.required, rate.minimum_calls, rate.window);
            failure_policy::success_rate_over_time_window(required, calls, window, waits)
        });
        let clock = rate.is_some().then(Frozen::new);
        let inner: Box<dyn FailurePolicy + Send> = match (in_a_row, rate) {
            (Some(in_a_row), Some(rate)) => Box::new(in_a_row.or_else(rate)),
            (Some(in_a_row), None) => Box::new(in_a_row),
            (None, Some(rate)) => Box::new(rate),
            (None, None) => unreachable!("without a rule there is the default"),
        };
        Self { inner, clock }
    }

    pub(crate) fn succeeded(&mut self, now: Tick) {
        self.at(now, |policy| policy.record_success());
    }

    /// Returns for how long the circuit has to open, or `None` if it stays closed.
    pub(crate) fn failed(&mut self, now: Tick) -> Option<Duration> {
        self.at(now, |policy| policy.mark_dead_on_failure())
    }

    pub(crate) fn closed(&mut self, now: Tick) {
        self.at(now, |policy| policy.revived());
    }

    fn at<T>(&mut self, now: Tick, ask: impl FnOnce(&mut dyn FailurePolicy) -> T) -> T {
        let policy = &mut *self.inner;
        match &mut self.clock {
            Some(clock) => clock.at(now, policy, ask),
            None => ask(policy),
        }
    }
}

/// So far ahead of the machine's own clock, which only goes forward, failsafe's clock can be put to
/// any time.
const AHEAD: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl Frozen {
    fn new() -> Self {
        Self { origin: clock::freeze(|clock| clock.now()) + AHEAD, latest: None }
    }

    fn at<T>(
        &mut self,
        now: Tick,
        policy: &mut dyn FailurePolicy,
        ask: impl FnOnce(&mut dyn FailurePolicy) -> T,
    ) -> T {
        let is_first = self.latest.is_none();
        let now = self.latest.map_or(now, |latest| latest.max(now));
        self.latest = Some(now);
        let now = self.origin + now.since(Tick::ZERO);
        clock::freeze(|clock| {
            clock.advance(now.saturating_duration_since(clock.now()));
            if is_first {
                // Its time begins now, and not when it was made.
                policy.revived();
            }
            ask(policy)
        })
    }
}

/// How long the circuit stays open each time.
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
