use seawall_core::Verdict;

use crate::breaker::Subject;
use crate::breaker::fixture::{Fixture, MOMENT};

pub(in crate::breaker) fn half_open_admits_one_probe(subject: &Subject<'_>) {
    let fixture = Fixture::due(subject);
    fixture.admitted("its time is over");
    for _ in 0..10 {
        fixture.is("half_open", "while the probe is out");
        fixture.refused("the probe is out");
    }
}

pub(in crate::breaker) fn probe_success_closes(subject: &Subject<'_>) {
    let fixture = Fixture::due(subject);
    fixture.call(Verdict::Success);
    fixture.is("closed", "after a probe that succeeded");
    for _ in 0..10 {
        fixture.admitted("the circuit is closed");
    }
}

pub(in crate::breaker) fn probe_failure_reopens_for_full_time(subject: &Subject<'_>) {
    let fixture = Fixture::due(subject);
    for _ in 0..3 {
        let probe = fixture.admitted("its time is over");
        fixture.pass(MOMENT * 7);
        fixture.end(probe, Verdict::Failure);
        fixture.is("open", "after a probe that failed");
        fixture.pass(fixture.setup.reset_after - MOMENT);
        fixture.refused("its time, from when the probe failed, is over only in a moment");
        fixture.pass(MOMENT * 2);
    }
}

pub(in crate::breaker) fn inconclusive_probe_frees_its_place(subject: &Subject<'_>) {
    let unsaid = [Verdict::Ignored, Verdict::Abandoned, Verdict::Superseded, Verdict::Unused];
    for verdict in unsaid {
        let fixture = Fixture::due(subject);
        let how = format!("after a probe that ended {}", verdict.as_str());
        for _ in 0..3 {
            fixture.call(verdict);
            fixture.is("half_open", &how);
        }
        let next = fixture.admitted("the probe has given its turn away");
        fixture.refused("the next probe is out");
        fixture.end(next, Verdict::Success);
        fixture.is("closed", "after the next probe, which succeeded");
    }
}

pub(in crate::breaker) fn hung_probe_cannot_wedge(subject: &Subject<'_>) {
    let fixture = Fixture::due(subject);
    fixture.admitted("its time is over");
    for _ in 0..3 {
        fixture.pass(fixture.setup.probe_lease - MOMENT);
        fixture.refused("the probe's lease is over only in a moment");
        fixture.pass(MOMENT);
        fixture.admitted("the probe's lease is over");
        fixture.refused("the next probe is out");
    }
}

pub(in crate::breaker) fn closing_forgets_failures(subject: &Subject<'_>) {
    let fixture = Fixture::due(subject);
    fixture.call(Verdict::Success);
    for _ in 1..fixture.setup.failures {
        fixture.call(Verdict::Failure);
        fixture.is("closed", "a failure short of those that open it, since it closed");
    }
    fixture.call(Verdict::Failure);
    fixture.is("open", "after as many failures as open it, since it closed");
}
