use std::time::Duration;

use seawall_breaker_failsafe::{Backoff, FailsafeBreaker, FailsafeOptions};
use seawall_core::Driver;

use crate::build::backend::reject_foreign;
use crate::built::Built;
use crate::config::Section;

/// Settings of `[breaker.NAME]` that the failsafe library cannot follow.
const NATIVE_ONLY: &[&str] = &[
    "failures",
    "window",
    "failure_rate",
    "slow_call",
    "slow_call_rate",
    "hung_calls",
    "rate_window",
    "rate_calls",
    "minimum_calls",
    "reset_jitter",
    "heal_after",
    "probes",
    "probe_lease",
    "probe_successes",
    "ramp",
    "ramp_floor",
    "abandoned",
    "panicked",
    "call_timeout",
    "per_key",
    "max_keys",
    "overflow",
    "forget_after",
    "key_parts",
];

pub(in crate::build) fn start(section: &Section<'_>, driver: &Driver) -> Option<Built> {
    reject_foreign(section, NATIVE_ONLY, "failsafe", "native");
    let mut options = FailsafeOptions::new(section.name());
    if let Some(failures) = section.count("consecutive_failures").optional() {
        options = options.failures(failures.get());
    }
    let first = section.duration("reset_after").or(Duration::from_secs(5));
    if let Some(most) = section.duration("reset_max").optional() {
        options = options.reset(Backoff::Exponential { first, most });
    } else {
        options = options.reset_after(first);
    }
    let breaker = section.accept(FailsafeBreaker::start(&options))?;
    Some(Built::new(breaker.with_driver(driver.clone())))
}
