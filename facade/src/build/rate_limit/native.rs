use std::time::Duration;

use seawall_core::Driver;
use seawall_ratelimit::{Algorithm, Limit, RateLimiter, Rule};

use super::common::{Common, with};
use crate::build::keys::overflow;
use crate::built::Built;
use crate::config::{Diagnostic, Section, WrittenKey};

/// Starts the limiter that `section` describes.
pub(super) fn start(section: &Section<'_>, driver: &Driver) -> Option<Built> {
    let algorithms = Algorithm::ALL.map(|algorithm| (algorithm.as_str(), algorithm));
    let algorithm = section.one_of("algorithm", &algorithms).or(Algorithm::default());
    let overflow = overflow(section).unwrap_or_default();
    let common = Common::read(section)?;
    let rule = Rule::new(section.name(), common.limit, common.period);
    let rule = rule.algorithm(algorithm).overflow(overflow);
    let rule = with(rule, common.burst, Rule::burst);
    let rule = with(rule, common.max_keys, Rule::max_keys);
    let rule = with(rule, common.max_wait, Rule::max_wait);
    let rule = with(rule, common.key_parts, Rule::key_parts);
    let limiter = section.accept(RateLimiter::start(&rule));
    overrides(section, common.period, limiter.as_ref());
    Some(Built::limiter(limiter?.with_driver(driver.clone())))
}

/// Gives `limiter` the limits that some keys have of their own.
fn overrides(section: &Section<'_>, period: Duration, limiter: Option<&RateLimiter>) {
    let mut seen: Vec<(WrittenKey, String)> = Vec::new();
    for section in section.sections("override") {
        let key = section.key("key").required();
        let limit = section.count("limit").required();
        let period = section.duration("period").or(period);
        let burst = section.count("burst").optional();
        if let (Some(key), Some(limit)) = (key, limit) {
            match seen.iter().find(|(other, _)| *other == key) {
                Some((_, name)) => {
                    let found = format!("override `{name}` has the same key");
                    section.reject("key", Diagnostic::new(found));
                }
                None => {
                    let limit = with(Limit::new(limit.get(), period), burst, |limit, burst| {
                        limit.burst(burst.get())
                    });
                    let set = limiter.map(|limiter| limiter.set_limit_of(&key, limit));
                    set.and_then(|set| section.accept(set));
                    seen.push((key, section.name().to_owned()));
                }
            }
        }
        section.finish();
    }
}
