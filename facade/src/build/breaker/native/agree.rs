//! Settings that have no effect, or that exclude each other.

use humantime::format_duration;

use super::settings::{MINIMUM_CALLS, RATE_CALLS, RESET_AFTER, RESET_MAX};
use crate::config::{Diagnostic, Needs, Table};

/// Settings that do nothing without one of others.
const NEEDS: [Needs; 12] = [
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

/// Reports settings of `table` that do not go together; returns true if there are none.
pub(in crate::build::breaker) fn check(table: &Table<'_>) -> bool {
    let mut problems = table.idle(NEEDS);
    problems.extend(window(table));
    problems.extend(rates(table));
    problems.extend(reset(table));
    let agree = problems.is_empty();
    for (key, problem) in problems {
        table.reject(key, problem);
    }
    agree
}

type Problem = (&'static str, Diagnostic);

fn window(table: &Table<'_>) -> Option<Problem> {
    let other = OTHER_RULES.into_iter().find(|rule| table.is_set(rule))?;
    let is_own = table.is_set("window") && !table.is_default_of_component("window");
    let idle = is_own && !table.is_set("failures");
    let found = format!("it is for `failures`, which is off beside `{other}`");
    idle.then(|| ("window", Diagnostic::new(found).expected("failures with it")))
}

fn rates(table: &Table<'_>) -> Option<Problem> {
    if table.is_set("rate_calls") && table.is_set("rate_window") {
        let wrong = Diagnostic::new("`rate_window` is set too");
        return Some(("rate_calls", wrong.expected("one of the two")));
    }
    if !table.is_set(RATE_CALLS) {
        return None;
    }
    let (calls, minimum) = (table.get(&RATE_CALLS)?, table.get(&MINIMUM_CALLS)?);
    if minimum <= calls {
        return None;
    }
    if table.is_set(MINIMUM_CALLS) {
        let found = format!("{minimum} is more than `rate_calls` ({calls})");
        return Some((
            "minimum_calls",
            Diagnostic::new(found).expected(format!("{calls} at most")),
        ));
    }
    let found = format!("{calls} is less than `minimum_calls`, which is {minimum} by default");
    let expected = format!("{minimum} or more, or `minimum_calls = {calls}` with it");
    Some(("rate_calls", Diagnostic::new(found).expected(expected)))
}

fn reset(table: &Table<'_>) -> Option<Problem> {
    let (first, max) = (table.get(&RESET_AFTER)?, table.get(&RESET_MAX)?);
    let found = || {
        let [first, max] = [first, max].map(format_duration);
        Diagnostic::new(format!("{max} is shorter than `reset_after` ({first})"))
            .expected(format!("{first} or more"))
    };
    (max < first).then(|| ("reset_max", found()))
}
