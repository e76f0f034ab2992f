use std::time::Duration;

use seawall_core::Verdict;

use crate::breaker::bench::{Bench, MOMENT};
use crate::breaker::{Setup, Subject};

pub(in crate::breaker) fn starts_closed_and_admits(subject: &Subject<'_>) {
    let bench = Bench::new(subject);
    bench.is("closed", "when nothing has happened");
    for _ in 0..100 {
        bench.call(Verdict::Success);
        bench.is("closed", "after nothing but successes");
    }
}

pub(in crate::breaker) fn nth_failure_opens_not_before(subject: &Subject<'_>) {
    for failures in [1, 2, 5] {
        let bench = Bench::with(subject, Setup { failures, ..Setup::default() });
        for nth in 1..=failures {
            bench.is("closed", &format!("before failure {nth} of {failures}"));
            bench.call(Verdict::Failure);
        }
        bench.is("open", &format!("after failure {failures} of {failures}"));
        bench.refused("the circuit is open");
    }
}

pub(in crate::breaker) fn success_forgives_nothing(subject: &Subject<'_>) {
    let bench = Bench::new(subject);
    for nth in 1..=bench.setup.failures {
        bench.is("closed", &format!("before failure {nth}"));
        bench.call(Verdict::Failure);
        if nth < bench.setup.failures {
            bench.call(Verdict::Success);
        }
    }
    bench.is("open", "after as many failures as open it, with successes in between");
}

pub(in crate::breaker) fn failures_outside_window_do_not_count(subject: &Subject<'_>) {
    for (age, state) in [(MOMENT, "open"), (Duration::ZERO, "closed")] {
        let bench = Bench::new(subject);
        bench.call(Verdict::Failure);
        bench.pass(bench.setup.window - age);
        for _ in 1..bench.setup.failures {
            bench.call(Verdict::Failure);
        }
        let short = if age == MOMENT { "a moment before" } else { "just when" };
        bench.is(state, &format!("when the last failure comes {short} the first is too old"));
    }
    let bench = Bench::new(subject);
    for _ in 0..3 * bench.setup.failures {
        bench.call(Verdict::Failure);
        bench.is("closed", "when all failures are further apart than the window");
        bench.pass(bench.setup.window);
    }
}

pub(in crate::breaker) fn neutral_verdicts_do_not_count(subject: &Subject<'_>) {
    let neutral = [Verdict::Ignored, Verdict::Abandoned, Verdict::Superseded, Verdict::Unused];
    for verdict in neutral {
        let bench = Bench::new(subject);
        for _ in 0..3 * bench.setup.failures {
            bench.call(verdict);
        }
        bench.is("closed", &format!("after nothing but calls that ended {}", verdict.as_str()));
        for _ in 1..bench.setup.failures {
            bench.call(Verdict::Failure);
            bench.call(verdict);
        }
        bench.is("closed", "a failure short of those that open it");
        bench.call(Verdict::Failure);
        let what = format!("with calls in between that ended {}", verdict.as_str());
        bench.is("open", &format!("after as many failures as open it, {what}"));
    }
}

pub(in crate::breaker) fn overload_counts_as_failure(subject: &Subject<'_>) {
    counts_as_failure(subject, Verdict::Overload);
}

pub(in crate::breaker) fn panic_counts_as_failure(subject: &Subject<'_>) {
    counts_as_failure(subject, Verdict::Panicked);
}

fn counts_as_failure(subject: &Subject<'_>, verdict: Verdict) {
    let bench = Bench::new(subject);
    for _ in 0..bench.setup.failures {
        bench.is("closed", "before as many failures as open it");
        bench.call(verdict);
    }
    bench.is("open", &format!("after so many calls that ended {}", verdict.as_str()));
    bench.pass_reset_time();
    bench.call(verdict);
    bench.is("open", &format!("after a probe that ended {}", verdict.as_str()));
}
