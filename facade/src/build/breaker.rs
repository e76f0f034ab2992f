use super::backend::Offer;

pub(super) const OFFERS: &[Offer] = &[Offer {
    name: "native",
    feature: "breaker",
    #[cfg(feature = "breaker")]
    start: Some(native),
    #[cfg(not(feature = "breaker"))]
    start: None,
}];

#[cfg(feature = "breaker")]
fn native(
    section: &crate::config::Section<'_>,
    driver: &seawall_core::Driver,
) -> Option<crate::part::Part> {
    use seawall_breaker::{BreakerOptions, CircuitBreaker};

    let mut options = BreakerOptions::new(section.name());
    if let Some(failures) = section.count_to("failures", BreakerOptions::MAX_FAILURES).optional() {
        options = options.failures(failures.get());
    }
    if let Some(window) = section.duration("window").optional() {
        options = options.window(window);
    }
    if let Some(reset_after) = section.duration("reset_after").optional() {
        options = options.reset_after(reset_after);
    }
    if let Some(probe_lease) = section.duration("probe_lease").optional() {
        options = options.probe_lease(probe_lease);
    }
    if let Some(call_timeout) = section.duration("call_timeout").optional() {
        options = options.call_timeout(call_timeout);
    }
    match CircuitBreaker::start(&options) {
        Ok(breaker) => Some(crate::part::Part::new(breaker.with_driver(driver.clone()))),
        Err(invalid) => {
            section.reject(invalid.option(), crate::config::Wrong::new(invalid.problem()));
            None
        }
    }
}
