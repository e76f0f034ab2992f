//! Settings that are right by themselves, and do harm together. Each check is a function that looks at one
//! protection with all that it combines.

use crate::config::{Diagnostic, Place, Problem, Reader};

mod extra;
mod facts;
mod layers;
mod times;

use self::facts::Protected;
use super::Plan;

/// What a check says of a protection.
struct Finding {
    place: Place,
    wrong: Diagnostic,
    is_error: bool,
}

impl Finding {
    /// Settings that cannot be meant.
    fn error(place: Place, found: String, expected: String) -> Self {
        Self { place, wrong: Diagnostic::new(found).expected(expected), is_error: true }
    }

    /// Settings that probably do harm.
    fn warning(place: Place, found: String, expected: String) -> Self {
        Self { is_error: false, ..Self::error(place, found, expected) }
    }
}

type Check = fn(&Protected<'_>) -> Option<Finding>;

const CHECKS: [Check; 16] = [
    times::longest_timeout_within_deadline,
    times::all_attempts_fit,
    times::rates_see_whole_calls,
    times::circuit_waits_for_old_calls,
    times::probes_may_answer,
    times::slow_calls_are_seen,
    times::waits_leave_time,
    times::asked_waits_fit,
    extra::hedges_are_sent,
    extra::hedges_fit_the_budget,
    extra::repeatable_calls_are_known,
    extra::fallback_is_independent,
    layers::rate_limit_feeds_the_breaker,
    layers::calls_can_hang,
    layers::pool_is_as_large_as_the_bulkhead,
    layers::full_pool_is_seen,
];

/// Checks the settings of each protection. Returns warnings; errors are reported to `reader`.
pub(super) fn check(plan: &Plan, reader: &Reader) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for planned in plan.protections() {
        let protected = Protected::new(plan, planned);
        for Finding { place, wrong, is_error } in
            CHECKS.iter().filter_map(|check| check(&protected))
        {
            let problem = Problem::new(place, wrong, "");
            match is_error {
                true => reader.add(problem),
                false if !warnings.contains(&problem) => warnings.push(problem),
                false => {}
            }
        }
    }
    warnings.sort_by(|a, b| (&a.place, &a.found).cmp(&(&b.place, &b.found)));
    warnings
}
