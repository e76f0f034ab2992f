use std::num::NonZeroU32;
use std::time::Duration;

use crate::build::keys::key_parts;
use crate::config::Section;

/// The settings that all backends of rate limits have.
pub(super) struct Common {
    pub(super) limit: u32,
    pub(super) period: Duration,
    pub(super) burst: Option<u32>,
    pub(super) max_wait: Option<Duration>,
    pub(super) key_parts: Option<usize>,
}

impl Common {
    /// Reads them; `None` if a required one is missing or wrong.
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let limit = section.count("limit").required();
        let period = section.duration("period").required();
        let burst = section.count("burst").optional().map(NonZeroU32::get);
        let max_wait = section.duration_or_zero("max_wait").optional();
        let key_parts = key_parts(section);
        Some(Self { limit: limit?.get(), period: period?, burst, max_wait, key_parts })
    }
}

/// Returns `rule` with `value`, if there is one.
pub(super) fn with<R, V>(rule: R, value: Option<V>, set: impl FnOnce(R, V) -> R) -> R {
    match value {
        Some(value) => set(rule, value),
        None => rule,
    }
}
