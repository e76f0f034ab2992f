//! Settings that have no effect, or that exclude each other.

use humantime::format_duration;
use seawall_breaker::BreakerOptions;

use crate::config::{Diagnostic, Section};

/// Settings that do nothing without one of others.
const NEEDS: [(&str, &[&str]); 12] = [
    ("recent_failures", &["recent_calls"]),
    ("recent_calls", &["recent_failures"]),
    ("rate_window", &["failure_rate", "slow_call_rate"]),
    ("rate_calls", &["failure_rate", "slow_call_rate"]),
    ("minimum_calls", &["failure_rate", "slow_call_rate"]),
    ("slow_call", &["slow_call_rate", "hung_calls"]),
    ("slow_call_rate", &["slow_call"]),
    ("hung_calls", &["slow_call"]),
    ("reset_jitter", &["reset_max"]),
    ("probe_successes", &["probes"]),
    ("ramp_floor", &["ramp"]),
    ("reset_max", &["reset_after"]),
];

/// Rules beside which `failures` is off unless it is set.
const OTHER_RULES: [&str; 5] =
    ["consecutive_failures", "recent_failures", "failure_rate", "slow_call_rate", "hung_calls"];

/// Minimum calls of a rate where the settings say nothing.
const MINIMUM_CALLS: u32 = 20;

/// Reports settings of `section` that do not go together; returns true if there are none.
pub(super) fn check(section: &Section<'_>) -> bool {
    let mut problems = needs(section);
    problems.extend(window(section));
    problems.extend(rates(section));
    problems.extend(reset(section));
    let agree = problems.is_empty();
    for (key, problem) in problems {
        section.reject(key, problem);
    }
    agree
}

type Problem = (&'static str, Diagnostic);

fn needs(section: &Section<'_>) -> Vec<Problem> {
    let is_idle = |(key, needs): &(&str, &[&str])| {
        section.has(key) && !needs.iter().any(|need| section.has(need))
    };
    let idle = NEEDS.into_iter().filter(is_idle);
    let problem = |(key, needs): (_, &[&str])| {
        let expected = format!("{} with it", needs.join(" or "));
        (key, Diagnostic::new("it does nothing by itself").expected(expected))
    };
    idle.map(problem).collect()
}

fn window(section: &Section<'_>) -> Option<Problem> {
    let other = OTHER_RULES.into_iter().find(|rule| section.has(rule))?;
    let idle = section.has("window") && !section.has("failures");
    let found = format!("it is for `failures`, which is off beside `{other}`");
    idle.then(|| ("window", Diagnostic::new(found).expected("failures with it")))
}

fn rates(section: &Section<'_>) -> Option<Problem> {
    if section.has("rate_calls") && section.has("rate_window") {
        let wrong = Diagnostic::new("`rate_window` is set too");
        return Some(("rate_calls", wrong.expected("one of the two")));
    }
    let count = |name| Some(section.count_to(name, BreakerOptions::MAX_COUNT).optional()?.get());
    let calls = count("rate_calls")?;
    match count("minimum_calls") {
        Some(minimum) if minimum > calls => {
            let found = format!("{minimum} is more than `rate_calls` ({calls})");
            Some(("minimum_calls", Diagnostic::new(found).expected(format!("{calls} at most"))))
        }
        None if MINIMUM_CALLS > calls => {
            let default = format!("`minimum_calls`, which is {MINIMUM_CALLS} by default");
            let found = format!("{calls} is less than {default}");
            let expected = format!("{MINIMUM_CALLS} or more, or `minimum_calls = {calls}` with it");
            Some(("rate_calls", Diagnostic::new(found).expected(expected)))
        }
        _ => None,
    }
}

fn reset(section: &Section<'_>) -> Option<Problem> {
    let first = section.duration("reset_after").optional()?;
    let max = section.duration("reset_max").optional()?;
    let found = || {
        let [first, max] = [first, max].map(format_duration);
        Diagnostic::new(format!("{max} is shorter than `reset_after` ({first})"))
            .expected(format!("{first} or more"))
    };
    (max < first).then(|| ("reset_max", found()))
}
