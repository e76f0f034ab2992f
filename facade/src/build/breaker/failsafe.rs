use std::time::Duration;

use seawall_breaker_failsafe::{Backoff, FailsafeBreaker, FailsafeOptions};
use seawall_core::Driver;

use crate::config::Section;
use crate::part::Part;

pub(in crate::build) fn start(section: &Section<'_>, driver: &Driver) -> Option<Part> {
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
    Some(Part::new(breaker.with_driver(driver.clone())))
}
