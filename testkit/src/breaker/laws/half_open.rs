use seawall_core::Verdict;

use crate::breaker::Subject;
use crate::breaker::bench::{Bench, MOMENT};

pub(in crate::breaker) fn half_open_admits_one_probe(subject: &Subject<'_>) {
    let bench = Bench::due(subject);
    bench.admitted("its time is over");
    for _ in 0..10 {
        bench.is("half_open", "while the probe is out");
        bench.refused("the probe is out");
    }
}

pub(in crate::breaker) fn probe_success_closes(subject: &Subject<'_>) {
    let bench = Bench::due(subject);
    bench.call(Verdict::Success);
    bench.is("closed", "after a probe that succeeded");
    for _ in 0..10 {
        bench.admitted("the circuit is closed");
    }
}

pub(in crate::breaker) fn probe_failure_reopens_for_full_time(subject: &Subject<'_>) {
    let bench = Bench::due(subject);
    for _ in 0..3 {
        let probe = bench.admitted("its time is over");
        bench.pass(MOMENT * 7);
        bench.end(probe, Verdict::Failure);
        bench.is("open", "after a probe that failed");
        bench.pass(bench.setup.reset_after - MOMENT);
        bench.refused("its time, from when the probe failed, is over only in a moment");
        bench.pass(MOMENT * 2);
    }
}

pub(in crate::breaker) fn unsaid_probe_gives_its_turn_away(subject: &Subject<'_>) {
    let unsaid = [Verdict::Ignored, Verdict::Abandoned, Verdict::Superseded, Verdict::Unused];
    for verdict in unsaid {
        let bench = Bench::due(subject);
        let how = format!("after a probe that ended {}", verdict.as_str());
        for _ in 0..3 {
            bench.call(verdict);
            bench.is("half_open", &how);
        }
        let next = bench.admitted("the probe has given its turn away");
        bench.refused("the next probe is out");
        bench.end(next, Verdict::Success);
        bench.is("closed", "after the next probe, which succeeded");
    }
}

pub(in crate::breaker) fn hung_probe_cannot_wedge(subject: &Subject<'_>) {
    let bench = Bench::due(subject);
    bench.admitted("its time is over");
    for _ in 0..3 {
        bench.pass(bench.setup.probe_lease - MOMENT);
        bench.refused("the probe's lease is over only in a moment");
        bench.pass(MOMENT);
        bench.admitted("the probe's lease is over");
        bench.refused("the next probe is out");
    }
}

pub(in crate::breaker) fn closing_forgets_failures(subject: &Subject<'_>) {
    let bench = Bench::due(subject);
    bench.call(Verdict::Success);
    for _ in 1..bench.setup.failures {
        bench.call(Verdict::Failure);
        bench.is("closed", "a failure short of those that open it, since it closed");
    }
    bench.call(Verdict::Failure);
    bench.is("open", "after as many failures as open it, since it closed");
}
