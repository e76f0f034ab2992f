use std::time::Duration;

use super::{Backoff, BreakerOptions, Counts, Probes, Ramp, RateWindow, Ratio};

impl BreakerOptions {
    /// So many failures within the window open the circuit.
    #[must_use]
    pub fn failures(mut self, failures: u32) -> Self {
        self.failures = Some(failures);
        self
    }

    /// How long a failure counts. One that is exactly this old no longer does.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// So many failures in a row open the circuit, however far apart they are.
    #[must_use]
    pub fn consecutive_failures(mut self, failures: u32) -> Self {
        self.consecutive_failures = Some(failures);
        self
    }

    /// Such a part of the calls in the rate window failing opens the circuit.
    #[must_use]
    pub fn failure_rate(mut self, rate: Ratio) -> Self {
        self.failure_rate = Some(rate);
        self
    }

    /// A call that takes as long or longer is slow, whether it fails or not.
    #[must_use]
    pub fn slow_call(mut self, slow_call: Duration) -> Self {
        self.slow_call = Some(slow_call);
        self
    }

    /// Such a part of the calls in the rate window being slow opens the circuit.
    #[must_use]
    pub fn slow_call_rate(mut self, rate: Ratio) -> Self {
        self.slow_call_rate = Some(rate);
        self
    }

    /// So many calls that are under way for longer than [`slow_call`](Self::slow_call) open the
    /// circuit, though none of them has ended: found out when the next call asks or ends. So that they
    /// are known, each call takes a lock as it enters and as it ends.
    #[must_use]
    pub fn hung_calls(mut self, calls: u32) -> Self {
        self.hung_calls = Some(calls);
        self
    }

    /// The calls that rates are taken over.
    #[must_use]
    pub fn rate_window(mut self, window: RateWindow) -> Self {
        self.rate_window = window;
        self
    }

    /// Below so many calls in the rate window, rates are not known and open nothing.
    #[must_use]
    pub fn minimum_calls(mut self, calls: u32) -> Self {
        self.minimum_calls = calls;
        self
    }

    /// How long the circuit stays open before it is probed: the same time always.
    #[must_use]
    pub fn reset_after(self, reset_after: Duration) -> Self {
        self.reset(Backoff::Fixed(reset_after))
    }

    /// How long the circuit stays open before it is probed.
    #[must_use]
    pub fn reset(mut self, reset: Backoff) -> Self {
        self.reset = reset;
        self
    }

    /// Closes the circuit this long after it opened, without a probe; unless somebody tripped it.
    #[must_use]
    pub fn heal_after(mut self, heal_after: Duration) -> Self {
        self.heal_after = Some(heal_after);
        self
    }

    /// How it is found out whether the circuit may close.
    #[must_use]
    pub fn probes(mut self, probes: Probes) -> Self {
        self.probes = probes;
        self
    }

    /// How long a probe may take before another call gets its turn.
    #[must_use]
    pub fn probe_lease(mut self, lease: Duration) -> Self {
        self.probes = self.probes.with_lease(lease);
        self
    }

    /// How traffic rises once the probes have succeeded.
    #[must_use]
    pub fn ramp(mut self, ramp: Ramp) -> Self {
        self.ramp = Some(ramp);
        self
    }

    /// What a call counts as whose caller went away while it ran.
    #[must_use]
    pub fn abandoned(mut self, counts: Counts) -> Self {
        self.abandoned = counts;
        self
    }

    /// What a call counts as that panicked.
    #[must_use]
    pub fn panicked(mut self, counts: Counts) -> Self {
        self.panicked = counts;
        self
    }

    /// How long a call may take, where the caller does not say.
    #[must_use]
    pub fn call_timeout(mut self, call_timeout: Duration) -> Self {
        self.call_timeout = Some(call_timeout);
        self
    }
}
