use seawall_core::{Token, Verdict};

use crate::breaker::Subject;
use crate::breaker::bench::{Bench, MOMENT};

/// One that has opened, and calls from before that.
fn with_late(subject: &Subject<'_>, calls: usize) -> (Bench, Vec<Token>) {
    let bench = Bench::new(subject);
    let late = (0..calls).map(|_| bench.admitted("it is closed")).collect();
    bench.trip();
    (bench, late)
}

pub(in crate::breaker) fn late_success_decides_nothing(subject: &Subject<'_>) {
    let (bench, late) = with_late(subject, 2);
    bench.pass(bench.setup.reset_after / 2);
    bench.end(late[0], Verdict::Success);
    bench.is("open", "after a late success");
    bench.refused("the circuit is open");
    bench.pass_reset_time();
    let probe = bench.admitted("its time is over");
    bench.end(late[1], Verdict::Success);
    bench.is("half_open", "after a late success, while the probe is out");
    bench.refused("the probe is out");
    bench.end(probe, Verdict::Success);
    bench.is("closed", "after a probe that succeeded");
}

pub(in crate::breaker) fn late_failure_decides_nothing(subject: &Subject<'_>) {
    let (bench, late) = with_late(subject, 8);
    let half = bench.setup.reset_after / 2;
    bench.pass(half);
    bench.end(late[0], Verdict::Failure);
    bench.is("open", "after a late failure");
    bench.pass(bench.setup.reset_after - half + MOMENT);
    let probe = bench.admitted("its time is over, from the trip and not from a late failure,");
    bench.end(late[1], Verdict::Failure);
    bench.is("half_open", "after a late failure, while the probe is out");
    bench.end(probe, Verdict::Success);
    for token in &late[2..] {
        bench.end(*token, Verdict::Failure);
        bench.is("closed", "after a late failure, from before the circuit opened and closed");
    }
}

pub(in crate::breaker) fn overdue_probe_decides_nothing(subject: &Subject<'_>) {
    for verdict in [Verdict::Success, Verdict::Failure, Verdict::Ignored] {
        let bench = Bench::due(subject);
        let overdue = bench.admitted("its time is over");
        bench.pass(bench.setup.probe_lease + MOMENT);
        let next = bench.admitted("the probe's lease is over");
        bench.end(overdue, verdict);
        let how = format!("after an overdue probe ended {}", verdict.as_str());
        bench.is("half_open", &how);
        bench.refused("the next probe is out");
        bench.end(next, Verdict::Success);
        bench.is("closed", "after the next probe, which succeeded");
    }
}

pub(in crate::breaker) fn late_results_are_booked_as_late(subject: &Subject<'_>) {
    let (bench, late) = with_late(subject, Verdict::ALL.len());
    for (booked, (token, verdict)) in (1..).zip(late.into_iter().zip(Verdict::ALL)) {
        let before = bench.reading(verdict.as_str());
        bench.end(token, verdict);
        let name = verdict.as_str();
        assert_eq!(bench.reading("late"), booked, "late calls, after one that ended {name}");
        assert_eq!(bench.reading(name), before, "the reading `{name}`, after a late {name}");
    }
}
