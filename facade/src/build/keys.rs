#[cfg(any(feature = "breaker", feature = "ratelimit"))]
use seawall_core::KeyOverflow;

use crate::config::Section;

/// What becomes of keys without room, if `section` says so.
#[cfg(any(feature = "breaker", feature = "ratelimit"))]
pub(super) fn overflow(section: &Section<'_>) -> Option<KeyOverflow> {
    let words = [
        ("shared", KeyOverflow::Shared),
        ("reject", KeyOverflow::Reject),
        ("evict_coldest", KeyOverflow::EvictColdest),
    ];
    section.one_of("overflow", &words).optional()
}

/// How many parts of a key count, if `section` says so.
pub(super) fn key_parts(section: &Section<'_>) -> Option<usize> {
    let parts = section.whole("key_parts", 0..=16).optional();
    parts.map(|parts| usize::try_from(parts).unwrap_or(usize::MAX))
}
