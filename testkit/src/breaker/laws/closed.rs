use std::time::Duration;

use seawall_core::{Exit, Verdict};

use crate::breaker::fixture::{Fixture, MOMENT};
use crate::breaker::{Setup, Subject};

pub(in crate::breaker) fn starts_closed_and_admits(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    fixture.is("closed", "when nothing has happened");
    for _ in 0..100 {
        fixture.call(Verdict::Success);
        fixture.is("closed", "after nothing but successes");
    }
}

pub(in crate::breaker) fn nth_failure_opens_not_before(subject: &Subject<'_>) {
    for failures in [1, 2, 5] {
        let fixture = Fixture::with(subject, Setup { failures, ..Setup::default() });
        for nth in 1..=failures {
            fixture.is("closed", &format!("before failure {nth} of {failures}"));
            fixture.call(Verdict::Failure);
        }
        fixture.is("open", &format!("after failure {failures} of {failures}"));
        fixture.refused("the circuit is open");
    }
}

pub(in crate::breaker) fn success_forgives_nothing(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    for nth in 1..=fixture.setup.failures {
        fixture.is("closed", &format!("before failure {nth}"));
        fixture.call(Verdict::Failure);
        if nth < fixture.setup.failures {
            fixture.call(Verdict::Success);
        }
    }
    fixture.is("open", "after as many failures as open it, with successes in between");
}

pub(in crate::breaker) fn failures_outside_window_do_not_count(subject: &Subject<'_>) {
    for (age, state) in [(MOMENT, "open"), (Duration::ZERO, "closed")] {
        let fixture = Fixture::new(subject);
        fixture.call(Verdict::Failure);
        fixture.pass(fixture.setup.window - age);
        for _ in 1..fixture.setup.failures {
            fixture.call(Verdict::Failure);
        }
        let short = if age == MOMENT { "a moment before" } else { "just when" };
        fixture.is(state, &format!("when the last failure comes {short} the first is too old"));
    }
    let fixture = Fixture::new(subject);
    for _ in 0..3 * fixture.setup.failures {
        fixture.call(Verdict::Failure);
        fixture.is("closed", "when all failures are further apart than the window");
        fixture.pass(fixture.setup.window);
    }
}

pub(in crate::breaker) fn neutral_verdicts_do_not_count(subject: &Subject<'_>) {
    let neutral = [Verdict::Ignored, Verdict::Abandoned, Verdict::Superseded, Verdict::Unused];
    for verdict in neutral {
        let fixture = Fixture::new(subject);
        for _ in 0..3 * fixture.setup.failures {
            fixture.call(verdict);
        }
        fixture.is("closed", &format!("after nothing but calls that ended {}", verdict.as_str()));
        for _ in 1..fixture.setup.failures {
            fixture.call(Verdict::Failure);
            fixture.call(verdict);
        }
        fixture.is("closed", "a failure short of those that open it");
        fixture.call(Verdict::Failure);
        let what = format!("with calls in between that ended {}", verdict.as_str());
        fixture.is("open", &format!("after as many failures as open it, {what}"));
    }
}

pub(in crate::breaker) fn overload_counts_as_failure(subject: &Subject<'_>) {
    counts_as_failure(subject, Verdict::Overload);
}

pub(in crate::breaker) fn overload_without_wait_does_not_open(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    for nth in 1..fixture.setup.failures {
        let token = fixture.admitted("the circuit is closed");
        let exit = Exit::at(fixture.now(), Verdict::Overload);
        fixture.backend().exit(token, &exit.with_retry_after(Some(Duration::ZERO)));
        fixture.is("closed", &format!("after overload {nth} that asks for no wait"));
        fixture.admitted("the circuit is closed");
    }
}

pub(in crate::breaker) fn panic_counts_as_failure(subject: &Subject<'_>) {
    counts_as_failure(subject, Verdict::Panicked);
}

fn counts_as_failure(subject: &Subject<'_>, verdict: Verdict) {
    let fixture = Fixture::new(subject);
    for _ in 0..fixture.setup.failures {
        fixture.is("closed", "before as many failures as open it");
        fixture.call(verdict);
    }
    fixture
        .is("open", &format!("after as many calls as open it, which ended {}", verdict.as_str()));
    fixture.pass_reset_time();
    fixture.call(verdict);
    fixture.is("open", &format!("after a probe that ended {}", verdict.as_str()));
}
