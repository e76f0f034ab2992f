use super::backend::{BackendEntry, backend};

pub(super) const BACKENDS: &[BackendEntry] = &[backend!("semaphore", "bulkhead", semaphore)];

#[cfg(feature = "bulkhead")]
fn semaphore(
    section: &crate::config::Section<'_>,
    driver: &seawall_core::Driver,
) -> Option<crate::built::Built> {
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
    Some(crate::built::Built::new(bulkhead.with_driver(driver.clone())))
}
