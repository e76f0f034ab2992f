use seawall_core::Driver;
use seawall_ratelimit_governor::{RateLimiter, Rule};

use super::common::{Common, with};
use crate::build::backend::reject_foreign;
use crate::built::Built;
use crate::config::Section;

/// Starts the limiter that `section` describes.
pub(super) fn start(section: &Section<'_>, driver: &Driver) -> Option<Built> {
    let foreign = &["algorithm", "max_keys", "overflow", "override"];
    reject_foreign(section, foreign, "governor", "native");
    let common = Common::read(section)?;
    let rule = Rule::new(section.name(), common.limit, common.period);
    let rule = with(rule, common.burst, Rule::burst);
    let rule = with(rule, common.max_wait, Rule::max_wait);
    let rule = with(rule, common.key_parts, Rule::key_parts);
    let limiter = section.accept(RateLimiter::start(&rule))?;
    Some(Built::new(limiter.with_driver(driver.clone())))
}
