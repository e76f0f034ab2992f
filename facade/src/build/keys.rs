//! Settings about keys, which several backends have.

use crate::config::Setting;
#[cfg(any(feature = "breaker", feature = "ratelimit", feature = "__store"))]
use {crate::config::Word, seawall_core::KeyOverflow};

/// The number of parts of a key that count.
pub(super) const KEY_PARTS: Setting<u32> = Setting::count(
    "key_parts",
    "number of parts of a key, from the first, that select its count or circuit; 0 counts all calls together",
)
.min(0)
.max(16)
.default_depends("all");

#[cfg(any(feature = "breaker", feature = "ratelimit", feature = "__store"))]
pub(super) const OVERFLOW: Setting<KeyOverflow> = Setting::word(
    "overflow",
    "what keys above the maximum do: share one count, be refused, or evict others",
)
.default("shared");

#[cfg(any(feature = "breaker", feature = "ratelimit", feature = "__store"))]
impl Word for KeyOverflow {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("shared", Self::Shared),
        ("reject", Self::Reject),
        ("evict_coldest", Self::EvictColdest),
    ];
}
