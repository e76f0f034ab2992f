use super::backend::Offer;

pub(super) const OFFERS: &[Offer] = &[Offer {
    name: "governor",
    feature: "ratelimit-governor",
    #[cfg(feature = "ratelimit-governor")]
    start: Some(governor),
    #[cfg(not(feature = "ratelimit-governor"))]
    start: None,
}];

#[cfg(feature = "ratelimit-governor")]
fn governor(
    section: &crate::config::Section<'_>,
    driver: &seawall_core::Driver,
) -> Option<crate::part::Part> {
    use seawall_ratelimit_governor::{RateLimiter, Rule};

    let limit = section.count("limit").required();
    let period = section.duration("period").required();
    let burst = section.count("burst").optional();
    let max_keys = section.count("max_keys").optional();
    let mut rule = Rule::new(section.name(), limit?.get(), period?);
    if let Some(burst) = burst {
        rule = rule.burst(burst.get());
    }
    if let Some(max_keys) = max_keys {
        rule = rule.max_keys(max_keys.get());
    }
    match RateLimiter::start(&rule) {
        Ok(limiter) => Some(crate::part::Part::new(limiter.with_driver(driver.clone()))),
        Err(invalid) => {
            section.reject(invalid.option(), crate::config::Wrong::new(invalid.problem()));
            None
        }
    }
}
