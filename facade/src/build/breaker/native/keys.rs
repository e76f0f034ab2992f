use seawall_breaker::KeyOptions;

use crate::build::keys::{key_parts, overflow};
use crate::config::{Diagnostic, Section};

/// Settings that say which keys have circuits.
const ABOUT_KEYS: [&str; 4] = ["max_keys", "overflow", "forget_after", "key_parts"];

/// Which keys have circuits of their own, if any has.
pub(super) fn keys(section: &Section<'_>) -> Option<KeyOptions> {
    let per_key = section.flag("per_key").or(false);
    let mut keys = KeyOptions::new();
    if let Some(most) = section.count_to("max_keys", KeyOptions::MAX_KEYS).optional() {
        keys = keys.max_keys(most.get());
    }
    if let Some(overflow) = overflow(section) {
        keys = keys.overflow(overflow);
    }
    if let Some(forget_after) = section.duration("forget_after").optional() {
        keys = keys.forget_after(forget_after);
    }
    if let Some(parts) = key_parts(section) {
        keys = keys.key_parts(parts);
    }
    if !per_key {
        for key in ABOUT_KEYS.into_iter().filter(|key| section.has(key)) {
            let wrong = Diagnostic::new("all keys have one circuit");
            section.reject(key, wrong.expected("`per_key = true` with it"));
        }
    }
    per_key.then_some(keys)
}
