use super::backend::Offer;

pub(super) const OFFERS: &[Offer] = &[Offer {
    name: "semaphore",
    feature: "bulkhead",
    #[cfg(feature = "bulkhead")]
    start: Some(semaphore),
    #[cfg(not(feature = "bulkhead"))]
    start: None,
}];

#[cfg(feature = "bulkhead")]
fn semaphore(
    section: &crate::config::Section<'_>,
    driver: &seawall_core::Driver,
) -> Option<crate::part::Part> {
    use seawall_bulkhead::{Bulkhead, BulkheadOptions};

    let mut options = BulkheadOptions::new(section.name());
    if let Some(max_concurrent) = section.count("max_concurrent").optional() {
        options = options.max_concurrent(max_concurrent.get());
    }
    if let Some(max_wait) = section.duration_or_zero("max_wait").optional() {
        options = options.max_wait(max_wait);
    }
    if let Some(max_waiting) = section.count("max_waiting").optional() {
        options = options.max_waiting(max_waiting.get());
    }
    let bulkhead = section.accept(Bulkhead::start(&options))?;
    Some(crate::part::Part::new(bulkhead.with_driver(driver.clone())))
}
