use seawall_core::Driver;
use seawall_ratelimit_governor::{RateLimiter, Rule};

use super::common::{Common, with};
use crate::built::Built;
use crate::config::{Diagnostic, Section};

/// Starts the limiter that `section` describes.
pub(super) fn start(section: &Section<'_>, driver: &Driver) -> Option<Built> {
    if section.has("override") {
        let wrong = Diagnostic::new("governor has one limit for all keys");
        section.reject("override", wrong.expected("the backend `native` for this"));
    }
    let common = Common::read(section)?;
    let rule = Rule::new(section.name(), common.limit, common.period);
    let rule = with(rule, common.burst, Rule::burst);
    let rule = with(rule, common.max_keys, Rule::max_keys);
    let rule = with(rule, common.max_wait, Rule::max_wait);
    let rule = with(rule, common.key_parts, Rule::key_parts);
    let limiter = section.accept(RateLimiter::start(&rule))?;
    Some(Built::limiter(limiter.with_driver(driver.clone())))
}
