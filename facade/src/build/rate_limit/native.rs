use std::num::NonZeroU32;

use seawall_core::Driver;
use seawall_ratelimit::{Algorithm, RateLimiter, Rule};

use super::common::{Common, with};
use crate::build::keys::overflow;
use crate::built::Built;
use crate::config::Section;

mod overrides;

/// Starts the limiter that `section` describes.
pub(super) fn start(section: &Section<'_>, driver: &Driver) -> Option<Built> {
    let algorithms = Algorithm::ALL.map(|algorithm| (algorithm.as_str(), algorithm));
    let algorithm = section.one_of("algorithm", &algorithms).or(Algorithm::default());
    let overflow = overflow(section).unwrap_or_default();
    let common = Common::read(section);
    let overrides = overrides::read(section, common.as_ref());
    let max_keys = section.count("max_keys").optional().map(NonZeroU32::get);
    let common = common?;
    let rule = Rule::new(section.name(), common.limit, common.period);
    let rule = rule.algorithm(algorithm).overflow(overflow);
    let rule = with(rule, common.burst, Rule::burst);
    let rule = with(rule, max_keys, Rule::max_keys);
    let rule = with(rule, common.max_wait, Rule::max_wait);
    let rule = with(rule, common.key_parts, Rule::key_parts);
    let limiter = section.accept(RateLimiter::start(&rule))?;
    for own in overrides {
        own.section.accept(limiter.set_limit_of(&own.key, own.limit));
    }
    Some(Built::limiter(limiter.with_driver(driver.clone())))
}
