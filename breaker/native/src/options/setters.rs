use std::time::Duration;

use super::{Backoff, BreakerOptions, Counts, Probes, Ramp, RateWindow, Ratio, RecentFailures};

/// Writes a setter for each option: `Some` for those that are none by default.
macro_rules! setters {
    ($($(#[$doc:meta])* $option:ident($argument:ident: $type:ty) = $value:expr;)*) => {
        impl BreakerOptions {$(
            $(#[$doc])*
            #[must_use]
            pub fn $option(mut self, $argument: $type) -> Self {
                self.$option = $value;
                self
            }
        )*}
    };
}

setters! {
    /// Sets the number of failures within the window that open the circuit.
    failures(failures: u32) = Some(failures);

    /// Sets how long a failure counts for [`failures`](Self::failures). One that is exactly this old
    /// no longer counts.
    window(window: Duration) = window;

    /// Sets the number of failures in a row that open the circuit, however far apart they are.
    consecutive_failures(failures: u32) = Some(failures);

    /// Sets the fraction of the calls in the rate window that open the circuit by failing.
    failure_rate(rate: Ratio) = Some(rate);

    /// Sets the time from which on a call is slow, whether it fails or not.
    slow_call(slow_call: Duration) = Some(slow_call);

    /// Sets the fraction of the calls in the rate window that open the circuit by being slow.
    slow_call_rate(rate: Ratio) = Some(rate);

    /// Sets the number of calls in flight for longer than [`slow_call`](Self::slow_call) that open the
    /// circuit, though none of them has ended. They are counted when the next call enters or ends, up
    /// to an eighth of `slow_call` too late. With this rule, each call takes a lock as it enters and as
    /// it ends.
    hung_calls(calls: u32) = Some(calls);

    /// Sets the calls that rates are taken over.
    rate_window(window: RateWindow) = window;

    /// Sets the number of calls in the rate window below which rates open nothing.
    minimum_calls(calls: u32) = calls;

    /// Sets how long the circuit stays open before it is probed.
    reset(reset: Backoff) = reset;

    /// Closes an open circuit without a probe, this long after it opened. One that was tripped by
    /// manual control is probed all the same.
    heal_after(heal_after: Duration) = Some(heal_after);

    /// Sets the calls that a half-open circuit admits.
    probes(probes: Probes) = probes;

    /// Sets how traffic rises once the probes have succeeded.
    ramp(ramp: Ramp) = Some(ramp);

    /// Sets what an answer that the service is overloaded counts as. If it is about the caller, such as a
    /// limit for each tenant, it says nothing about the service: let it count as nothing where all tenants share
    /// the circuit.
    overload(counts: Counts) = counts;

    /// Sets what a call counts as whose caller went away while it ran.
    abandoned(counts: Counts) = counts;

    /// Sets what a call counts as that panicked.
    panicked(counts: Counts) = counts;

    /// Sets the timeout of calls that set none.
    call_timeout(call_timeout: Duration) = Some(call_timeout);
}

impl BreakerOptions {
    /// Opens the circuit as soon as `failures` of the last `calls` calls have failed, also before
    /// there were `calls` calls, and however far apart they are. Only calls that succeed or fail are
    /// counted.
    #[must_use]
    pub fn recent_failures(mut self, failures: u32, calls: u32) -> Self {
        self.recent_failures = Some(RecentFailures { failures, calls });
        self
    }

    /// Sets how long the circuit stays open before it is probed, the same time always.
    #[must_use]
    pub fn reset_after(self, reset_after: Duration) -> Self {
        self.reset(Backoff::fixed(reset_after))
    }

    /// Sets how long a probe may take before its permit goes to another call.
    #[must_use]
    pub fn probe_lease(mut self, lease: Duration) -> Self {
        self.probes = self.probes.with_lease(lease);
        self
    }
}
