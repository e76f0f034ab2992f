use seawall_core::Driver;
use seawall_ratelimit_governor::{RateLimiter, Rule};

use crate::config::{Section, Wrong};
use crate::part::Part;

/// Starts the limiter that `section` describes.
pub(super) fn start(section: &Section<'_>, driver: &Driver) -> Option<Part> {
    let limit = section.count("limit").required();
    let period = section.duration("period").required();
    let burst = section.count("burst").optional();
    let max_keys = section.count("max_keys").optional();
    let max_wait = section.duration_or_zero("max_wait").optional();
    let key_parts = section.whole("key_parts", 0..=16).optional();
    let mut rule = Rule::new(section.name(), limit?.get(), period?);
    if let Some(burst) = burst {
        rule = rule.burst(burst.get());
    }
    if let Some(max_keys) = max_keys {
        rule = rule.max_keys(max_keys.get());
    }
    if let Some(max_wait) = max_wait {
        rule = rule.max_wait(max_wait);
    }
    if let Some(key_parts) = key_parts {
        rule = rule.key_parts(usize::try_from(key_parts).unwrap_or(usize::MAX));
    }
    match RateLimiter::start(&rule) {
        Ok(limiter) => Some(Part::limiter(limiter.with_driver(driver.clone()))),
        Err(invalid) => {
            section.reject(invalid.option(), Wrong::new(invalid.problem()));
            None
        }
    }
}
