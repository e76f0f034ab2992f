use std::time::Duration;

use super::{Backoff, BreakerOptions, Counts, Probes, Ramp, RateWindow, Ratio, RecentFailures};

impl BreakerOptions {
    /// Sets the number of failures within the window that open the circuit.
    #[must_use]
    pub fn failures(mut self, failures: u32) -> Self {
        self.failures = Some(failures);
        self
    }

    /// Sets how long a failure counts for [`failures`](Self::failures). One that is exactly this old
    /// no longer counts.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Sets the number of failures in a row that open the circuit, however far apart they are.
    #[must_use]
    pub fn consecutive_failures(mut self, failures: u32) -> Self {
        self.consecutive_failures = Some(failures);
        self
    }

    /// Opens the circuit as soon as `failures` of the last `calls` calls have failed, also before
    /// there were `calls` calls, and however far apart they are. Only calls that succeed or fail are
    /// counted.
    #[must_use]
    pub fn recent_failures(mut self, failures: u32, calls: u32) -> Self {
        self.recent_failures = Some(RecentFailures { failures, calls });
        self
    }

    /// Sets the fraction of the calls in the rate window that open the circuit by failing.
    #[must_use]
    pub fn failure_rate(mut self, rate: Ratio) -> Self {
        self.failure_rate = Some(rate);
        self
    }

    /// Sets the time from which on a call is slow, whether it fails or not.
    #[must_use]
    pub fn slow_call(mut self, slow_call: Duration) -> Self {
        self.slow_call = Some(slow_call);
        self
    }

    /// Sets the fraction of the calls in the rate window that open the circuit by being slow.
    #[must_use]
    pub fn slow_call_rate(mut self, rate: Ratio) -> Self {
        self.slow_call_rate = Some(rate);
        self
    }

    /// Sets the number of calls in flight for longer than [`slow_call`](Self::slow_call) that open the
    /// circuit, though none of them has ended. They are counted when the next call enters or ends, up
    /// to an eighth of `slow_call` too late. With this rule, each call takes a lock as it enters and as
    /// it ends.
    #[must_use]
    pub fn hung_calls(mut self, calls: u32) -> Self {
        self.hung_calls = Some(calls);
        self
    }

    /// Sets the calls that rates are taken over.
    #[must_use]
    pub fn rate_window(mut self, window: RateWindow) -> Self {
        self.rate_window = window;
        self
    }

    /// Sets the number of calls in the rate window below which rates open nothing.
    #[must_use]
    pub fn minimum_calls(mut self, calls: u32) -> Self {
        self.minimum_calls = calls;
        self
    }

    /// Sets how long the circuit stays open before it is probed, the same time always.
    #[must_use]
    pub fn reset_after(self, reset_after: Duration) -> Self {
        self.reset(Backoff::fixed(reset_after))
    }

    /// Sets how long the circuit stays open before it is probed.
    #[must_use]
    pub fn reset(mut self, reset: Backoff) -> Self {
        self.reset = reset;
        self
    }

    /// Closes an open circuit without a probe, this long after it opened. One that was tripped by
    /// manual control is probed all the same.
    #[must_use]
    pub fn heal_after(mut self, heal_after: Duration) -> Self {
        self.heal_after = Some(heal_after);
        self
    }

    /// Sets the calls that a half-open circuit admits.
    #[must_use]
    pub fn probes(mut self, probes: Probes) -> Self {
        self.probes = probes;
        self
    }

    /// Sets how long a probe may take before its permit goes to another call.
    #[must_use]
    pub fn probe_lease(mut self, lease: Duration) -> Self {
        self.probes = self.probes.with_lease(lease);
        self
    }

    /// Sets how traffic rises once the probes have succeeded.
    #[must_use]
    pub fn ramp(mut self, ramp: Ramp) -> Self {
        self.ramp = Some(ramp);
        self
    }

    /// Sets what a call counts as whose caller went away while it ran.
    #[must_use]
    pub fn abandoned(mut self, counts: Counts) -> Self {
        self.abandoned = counts;
        self
    }

    /// Sets what a call counts as that panicked.
    #[must_use]
    pub fn panicked(mut self, counts: Counts) -> Self {
        self.panicked = counts;
        self
    }

    /// Sets the timeout of calls that set none.
    #[must_use]
    pub fn call_timeout(mut self, call_timeout: Duration) -> Self {
        self.call_timeout = Some(call_timeout);
        self
    }
}
