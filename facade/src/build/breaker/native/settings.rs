use std::time::Duration;

use seawall_breaker::{BreakerOptions, Counts, Probes};

use crate::build::settings;
use crate::config::{Preset, Setting, Word};

const MAX: u32 = BreakerOptions::MAX_COUNT;

settings! {
    USE: Preset = Setting::word(crate::config::USE, "preset: values for the settings that are not set");
    FAILURES: u32 =
        Setting::count("failures", "number of failures within `window` that opens the circuit")
            .max(MAX)
            .unit("calls")
            .default_depends("5, if no other rule is set");
    WINDOW: Duration =
        Setting::duration("window", "how long a failure counts for `failures`").default("10s");
    CONSECUTIVE_FAILURES: u32 =
        Setting::count("consecutive_failures", "number of failures in a row that opens it")
            .max(MAX)
            .unit("calls");
    RECENT_FAILURES: u32 = Setting::count(
        "recent_failures",
        "number of failures among the last `recent_calls` calls that opens it",
    )
    .max(MAX)
    .unit("calls");
    RECENT_CALLS: u32 =
        Setting::count("recent_calls", "number of calls that `recent_failures` is about")
            .max(MAX)
            .unit("calls");
    FAILURE_RATE: f64 = Setting::ratio("failure_rate", "fraction of calls that fail that opens it");
    SLOW_CALL: Duration = Setting::duration("slow_call", "duration from which a call is slow");
    SLOW_CALL_RATE: f64 =
        Setting::ratio("slow_call_rate", "fraction of calls that are slow that opens it");
    HUNG_CALLS: u32 = Setting::count(
        "hung_calls",
        "number of calls in flight for longer than `slow_call` that opens it",
    )
    .max(MAX)
    .unit("calls");
    RATE_WINDOW: Duration =
        Setting::duration("rate_window", "duration over which rates are measured").default("10s");
    RATE_CALLS: u32 = Setting::count(
        "rate_calls",
        "number of calls over which rates are measured, in place of `rate_window`",
    )
    .max(MAX)
    .unit("calls");
    MINIMUM_CALLS: u32 =
        Setting::count("minimum_calls", "number of calls in the window below which rates are not used")
            .max(MAX)
            .unit("calls")
            .default("20");
    RESET_AFTER: Duration =
        Setting::duration("reset_after", "how long an open circuit waits before it admits a probe call")
            .default("5s");
    RESET_MAX: Duration =
        Setting::duration("reset_max", "`reset_after` doubles on every reopening, up to this maximum");
    RESET_JITTER: f64 =
        Setting::ratio("reset_jitter", "shortens that wait at random by up to this fraction")
            .default("0");
    HEAL_AFTER: Duration =
        Setting::duration("heal_after", "duration after which an open circuit closes without a probe");
    PROBES: u32 = Setting::count("probes", "number of probe calls")
        .max(Probes::MAX)
        .unit("calls")
        .default("1");
    PROBE_SUCCESSES: f64 =
        Setting::ratio("probe_successes", "fraction of the probe calls that must succeed").default("1");
    PROBE_LEASE: Duration =
        Setting::duration("probe_lease", "how long a probe may run before another one is admitted")
            .default("30s");
    RAMP: Duration = Setting::duration("ramp", "duration over which traffic rises after the probes");
    RAMP_FLOOR: u32 =
        Setting::count("ramp_floor", "calls a second that are admitted at the beginning of the ramp")
            .min(0)
            .max(1_000_000)
            .unit("calls")
            .default("1");
    OVERLOAD: Counts = Setting::word(
        "overload",
        "what an answer that the service is overloaded counts as; the time that it asks for opens the circuit if that \
         is a failure",
    )
    .default("failure");
    ABANDONED: Counts = Setting::word("abandoned", "what a call counts as whose caller went away")
        .default("nothing");
    PANICKED: Counts =
        Setting::word("panicked", "what a call counts as that panicked").default("failure");
    CALL_TIMEOUT: Duration = Setting::duration(
        "call_timeout",
        "timeout of calls through this breaker alone, without a protection",
    );
}

impl Word for Counts {
    const WORDS: &'static [(&'static str, Self)] =
        &[("nothing", Self::Nothing), ("failure", Self::Failure)];
}
