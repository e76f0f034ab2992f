use std::time::Duration;

use crate::build::keys;
use crate::config::{Diagnostic, Rate, Setting, Table};

pub(super) const LIMIT: Setting<Rate> =
    Setting::rate("limit", "number of tokens in each period").unit("tokens").required();

pub(super) const PERIOD: Setting<Duration> =
    Setting::duration("period", "the period, if `limit` is a number alone")
        .default_depends("that of `limit`");

pub(super) const BURST: Setting<u32> = Setting::count("burst", "maximum number of tokens at once")
    .unit("tokens")
    .default_depends("the limit");

pub(super) const MAX_WAIT: Setting<Duration> =
    Setting::duration("max_wait", "maximum wait of a call that sets no `max_wait`").or_zero();

pub(super) const KEY_PARTS: Setting<u32> = keys::KEY_PARTS;

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
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let rate = rate(table, &LIMIT, None);
        let burst = table.get(&BURST);
        let (max_wait, key_parts) = (table.get(&MAX_WAIT), table.get(&KEY_PARTS));
        let key_parts = key_parts.and_then(|parts| usize::try_from(parts).ok());
        let (limit, period) = rate?;
        Some(Self { limit, period, burst, max_wait, key_parts })
    }
}

/// Reads `limit` and its period, which is `default` if neither has one.
pub(super) fn rate(
    table: &Table<'_>,
    limit: &Setting<Rate>,
    default: Option<Duration>,
) -> Option<(u32, Duration)> {
    let (rate, period) = (table.get(limit), table.get(&PERIOD));
    let rate = rate?;
    // A period for all is not for a limit that has its own.
    let is_for_all = table.is_default_of_component(PERIOD.name())
        && !table.is_default_of_component(limit.name());
    match (rate.period, table.is_set(PERIOD)) {
        (Some(period), true) if is_for_all => return Some((rate.count, period)),
        (Some(period), false) => return Some((rate.count, period)),
        (Some(_), true) => {
            let found = format!("the `limit` of {rate} has a period of its own");
            table.reject(PERIOD, Diagnostic::new(found).expected("one of the two"));
            return None;
        }
        (None, true) => {}
        (None, false) if default.is_none() => {
            let expected = format!(
                "{}, or `limit` as a rate like \"{}/s\"",
                PERIOD.def().expected(),
                rate.count
            );
            table.reject(PERIOD, Diagnostic::new("missing").expected(expected));
        }
        (None, false) => {}
    }
    Some((rate.count, period.or(default)?))
}

/// Returns `rule` with `value`, if there is one.
pub(super) fn with<R, V>(rule: R, value: Option<V>, set: impl FnOnce(R, V) -> R) -> R {
    match value {
        Some(value) => set(rule, value),
        None => rule,
    }
}
