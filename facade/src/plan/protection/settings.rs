use std::time::Duration;

use seawall_core::Component;
use seawall_core::policy::{Backoff, Jitter};

use crate::build::ModeWord;
use crate::config::{
    Copies, NameOf, Names, Needs, OperationTime, Preset, Setting, SettingDef, Word, Words,
};

/// The layers that a protection can have, in the order in which they are asked. Layers that make a
/// call wait come before those whose answer becomes stale, so that no probe is held while waiting.
pub(super) const LAYERS: [(Component, Setting<Names>); 3] = [
    (
        Component::RateLimiter,
        Setting::names("rate_limit", "rate_limit", "rate limit, or list of rate limits"),
    ),
    (Component::Bulkhead, Setting::names("bulkhead", "bulkhead", "bulkhead, or list of bulkheads")),
    (
        Component::CircuitBreaker,
        Setting::names("breaker", "breaker", "breaker, or list of breakers"),
    ),
];

const USE: Setting<Preset> =
    Setting::word(crate::config::USE, "preset: values for the settings that are not set");

pub(in crate::plan) const TIMEOUT: Setting<OperationTime> = Setting::operation_time(
    "timeout",
    "time for the operation, of which each attempt has its own; or what calls take: \
     `\"p99.9 x 2 (100ms..5s)\"` is twice the 99.9th percentile of the last minute, within bounds",
);

pub(in crate::plan) const TIMEOUT_MODE: Setting<ModeWord> = Setting::word(
    "timeout_mode",
    "whether calls that take longer are cut (the default), or only counted, or there is no timeout",
);

pub(in crate::plan) const ATTEMPTS_MODE: Setting<ModeWord> = Setting::word(
    "attempts_mode",
    "whether further attempts are made (the default), or only counted, or there are none",
);

pub(in crate::plan) const HEDGE_MODE: Setting<ModeWord> = Setting::word(
    "hedge_mode",
    "whether copies are sent (the default), or only counted, or there are none",
);

pub(in crate::plan) const DEADLINE: Setting<Duration> =
    Setting::duration("deadline", "time for the whole call, waiting and all attempts included");

pub(in crate::plan) const IDEMPOTENT: Setting<bool> = Setting::flag(
    "idempotent",
    "true if every call may be repeated, false if a call says so itself; attempts and hedges need it",
);

pub(in crate::plan) const ATTEMPTS: Setting<u32> = Setting::count(
    "attempts",
    "number of attempts in all, the first included, of a call that may be repeated and fails",
)
.max(100)
.unit("attempts")
.default("1");

pub(in crate::plan) const BACKOFF: Setting<Backoff> =
    Setting::word("backoff", "how the waits between attempts grow").default("exponential");

pub(in crate::plan) const BACKOFF_JITTER: Setting<Jitter> = Setting::word(
    "backoff_jitter",
    "how much of a wait is random, so that calls which failed together do not come back together",
)
.default("full");

pub(in crate::plan) const BACKOFF_BASE: Setting<Duration> =
    Setting::duration("backoff_base", "wait before the second attempt")
        .min(Duration::from_millis(1))
        .default("25ms");

pub(in crate::plan) const BACKOFF_MAX: Setting<Duration> =
    Setting::duration("backoff_max", "longest wait of the backoff")
        .min(Duration::from_millis(1))
        .default("1s");

pub(in crate::plan) const RETRY_AFTER_MAX: Setting<Duration> = Setting::duration(
    "retry_after_max",
    "longest time asked for by the service, as in `Retry-After`, that is waited for",
)
.or_zero()
.default("60s");

pub(in crate::plan) const HEDGE: Setting<Copies> = Setting::copies(
    "hedge",
    "time after which a call that may be repeated is sent once more, and for which share of calls: \
     `\"p95, 5%\"` is after the 95th percentile",
);

pub(in crate::plan) const HEDGE_MIN: Setting<Duration> =
    Setting::duration("hedge_min", "shortest time after which a call is sent once more")
        .min(Duration::from_millis(1))
        .default("1ms");

pub(in crate::plan) const FALLBACK: Setting<NameOf> = Setting::name_of(
    "fallback",
    "protection",
    "protection under which code runs something else, if a call ends with an error",
);

pub(in crate::plan) const FALLBACK_FOR: Setting<Words<End>> =
    Setting::words("fallback_for", "errors that the fallback replaces")
        .default("refused, timed_out, failed, overload");

pub(in crate::plan) const FALLBACK_MIN: Setting<Duration> = Setting::duration(
    "fallback_min",
    "time that has to be left until the deadline for the fallback to be started",
)
.or_zero()
.default("10ms");

pub(in crate::plan) const FALLBACK_SHARE: Setting<f64> = Setting::ratio(
    "fallback_share",
    "fraction of ordinary calls that go through the fallback, so that it is known to work",
)
.default("0");

pub(in crate::plan) const BUDGET: Setting<NameOf> = Setting::name_of(
    "budget",
    "budget",
    "budget of the extra calls; protections with the same one share it",
)
.default_depends("named as the last breaker, or else as the protection");

/// The settings that a protection has whatever its policy is.
const LIMITS: &[SettingDef] = &[
    USE.def(),
    LAYERS[0].1.def(),
    LAYERS[1].1.def(),
    LAYERS[2].1.def(),
    TIMEOUT.def(),
    DEADLINE.def(),
];

/// Settings of a timeout.
const TIMEOUTS: &[SettingDef] = &[TIMEOUT_MODE.def()];

/// Settings of attempts.
const RETRIES: &[SettingDef] = &[
    ATTEMPTS.def(),
    ATTEMPTS_MODE.def(),
    BACKOFF.def(),
    BACKOFF_JITTER.def(),
    BACKOFF_BASE.def(),
    BACKOFF_MAX.def(),
    RETRY_AFTER_MAX.def(),
];

/// Settings of all extra calls.
const EXTRA: &[SettingDef] = &[IDEMPOTENT.def(), BUDGET.def()];

/// Settings of hedges.
const HEDGES: &[SettingDef] = &[HEDGE.def(), HEDGE_MODE.def(), HEDGE_MIN.def()];

/// Settings of a fallback.
const FALLBACKS: &[SettingDef] =
    &[FALLBACK.def(), FALLBACK_FOR.def(), FALLBACK_MIN.def(), FALLBACK_SHARE.def()];

/// The settings of a protection in groups, each with the settings of which one has to be set for the
/// others to mean anything.
pub(super) const GROUPS: [(&[SettingDef], &[&str]); 6] = [
    (LIMITS, &[]),
    (TIMEOUTS, &["timeout"]),
    (EXTRA, &["attempts", "hedge"]),
    (RETRIES, &["attempts"]),
    (HEDGES, &["hedge"]),
    (FALLBACKS, &["fallback"]),
];

/// Returns the settings that do nothing without one of others.
pub(super) fn needs() -> impl Iterator<Item = Needs> {
    let needing = GROUPS.into_iter().flat_map(|(defs, needs)| {
        defs.iter()
            .map(move |def| (def.name(), needs))
            .filter(|(name, needs)| !needs.contains(name))
    });
    needing.filter(|(_, needs)| !needs.is_empty())
}

const LENGTH: usize =
    LIMITS.len() + TIMEOUTS.len() + EXTRA.len() + RETRIES.len() + HEDGES.len() + FALLBACKS.len();

/// The settings of a protection.
pub(crate) const SETTINGS: &[SettingDef] = &all();

const fn all() -> [SettingDef; LENGTH] {
    let mut all = [LIMITS[0]; LENGTH];
    let (mut group, mut at) = (0, 0);
    while group < GROUPS.len() {
        let mut nth = 0;
        while nth < GROUPS[group].0.len() {
            all[at] = GROUPS[group].0[nth];
            (nth, at) = (nth + 1, at + 1);
        }
        group += 1;
    }
    all
}

/// An error that a fallback replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plan) enum End {
    Refused,
    TimedOut,
    Failed,
    Overload,
}

impl Word for End {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("refused", Self::Refused),
        ("timed_out", Self::TimedOut),
        ("failed", Self::Failed),
        ("overload", Self::Overload),
    ];
}

impl Word for Backoff {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("exponential", Self::Exponential),
        ("fixed", Self::Fixed),
        ("decorrelated", Self::Decorrelated),
    ];
}

impl Word for Jitter {
    const WORDS: &'static [(&'static str, Self)] = &[("full", Self::Full), ("none", Self::None)];
}
