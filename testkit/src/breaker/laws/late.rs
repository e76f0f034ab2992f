use seawall_core::{Token, Verdict};

use crate::breaker::Subject;
use crate::breaker::fixture::{Fixture, MOMENT};

/// One that has opened, and calls from before that.
fn with_late(subject: &Subject<'_>, calls: usize) -> (Fixture, Vec<Token>) {
    let fixture = Fixture::new(subject);
    let late = (0..calls).map(|_| fixture.admitted("it is closed")).collect();
    fixture.trip();
    (fixture, late)
}

pub(in crate::breaker) fn late_success_decides_nothing(subject: &Subject<'_>) {
    let (fixture, late) = with_late(subject, 2);
    fixture.pass(fixture.setup.reset_after / 2);
    fixture.end(late[0], Verdict::Success);
    fixture.is("open", "after a late success");
    fixture.refused("the circuit is open");
    fixture.pass_reset_time();
    let probe = fixture.admitted("its time is over");
    fixture.end(late[1], Verdict::Success);
    fixture.is("half_open", "after a late success, while the probe is out");
    fixture.end(probe, Verdict::Success);
    fixture.is("closed", "after a probe that succeeded");
}

pub(in crate::breaker) fn late_failure_decides_nothing(subject: &Subject<'_>) {
    let (fixture, late) = with_late(subject, 8);
    let half = fixture.setup.reset_after / 2;
    fixture.pass(half);
    fixture.end(late[0], Verdict::Failure);
    fixture.is("open", "after a late failure");
    fixture.pass(fixture.setup.reset_after - half + MOMENT);
    let probe = fixture.admitted("its time is over, from the trip and not from a late failure,");
    fixture.end(late[1], Verdict::Failure);
    fixture.is("half_open", "after a late failure, while the probe is out");
    fixture.end(probe, Verdict::Success);
    for token in &late[2..] {
        fixture.end(*token, Verdict::Failure);
        fixture.is("closed", "after a late failure, from before the circuit opened and closed");
    }
}

pub(in crate::breaker) fn overdue_probe_decides_nothing(subject: &Subject<'_>) {
    for verdict in [Verdict::Success, Verdict::Failure, Verdict::Ignored] {
        let fixture = Fixture::due(subject);
        let overdue = fixture.admitted("its time is over");
        fixture.pass(fixture.setup.probe_lease + MOMENT);
        let next = fixture.admitted("the probe's lease is over");
        fixture.end(overdue, verdict);
        let how = format!("after an overdue probe ended {}", verdict.as_str());
        fixture.is("half_open", &how);
        fixture.refused("the next probe is out");
        fixture.end(next, Verdict::Success);
        fixture.is("closed", "after the next probe, which succeeded");
    }
}

pub(in crate::breaker) fn late_results_are_counted_as_late(subject: &Subject<'_>) {
    let (fixture, late) = with_late(subject, Verdict::ALL.len());
    for (booked, (token, verdict)) in (1..).zip(late.into_iter().zip(Verdict::ALL.iter().copied()))
    {
        let before = fixture.reading(verdict.as_str());
        fixture.end(token, verdict);
        let name = verdict.as_str();
        assert_eq!(fixture.reading("late"), booked, "late calls, after one that ended {name}");
        assert_eq!(fixture.reading(name), before, "the reading `{name}`, after a late {name}");
    }
}
