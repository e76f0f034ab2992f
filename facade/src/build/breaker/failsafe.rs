use std::time::Duration;

use seawall_breaker_failsafe::{Backoff, FailsafeBreaker, FailsafeOptions};
use seawall_core::Driver;

use crate::built::Built;
use crate::config::{Diagnostic, Section};

pub(in crate::build) fn start(section: &Section<'_>, driver: &Driver) -> Option<Built> {
    for key in ["per_key", "max_keys", "overflow", "forget_after", "key_parts"] {
        if section.has(key) {
            let wrong = Diagnostic::new("failsafe has one circuit for all keys");
            section.reject(key, wrong.expected("the backend `native` for this"));
        }
    }
    let mut options = FailsafeOptions::new(section.name());
    if let Some(failures) = section.count("consecutive_failures").optional() {
        options = options.failures(failures.get());
    }
    let first = section.duration("reset_after").or(Duration::from_secs(5));
    if let Some(most) = section.duration("reset_most").optional() {
        options = options.reset(Backoff::Exponential { first, most });
    } else {
        options = options.reset_after(first);
    }
    if let Some(lease) = section.duration("probe_lease").optional() {
        options = options.probe_lease(lease);
    }
    let breaker = section.accept(FailsafeBreaker::start(&options))?;
    Some(Built::new(breaker.with_driver(driver.clone())))
}
