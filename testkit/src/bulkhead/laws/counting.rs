use std::time::Duration;

use seawall_core::{RefusalKind, Verdict};

use crate::bulkhead::Subject;
use crate::bulkhead::calls::Calls;
use crate::bulkhead::fixture::{Fixture, PATIENT};

pub(in crate::bulkhead) fn every_call_is_accounted_for(subject: &Subject<'_>) {
    let fixture = Fixture::of(subject, 10);
    let mut calls = Calls::at(&fixture);
    let assert = |readings: &[(&str, u64)], when: &str| {
        for (name, expected) in readings {
            assert_eq!(fixture.reading(name), *expected, "the reading `{name}` {when}");
        }
    };
    let all = calls.fill("at first");
    let last = calls.wait(Duration::from_secs(1));
    calls.pass(10 * PATIENT);
    assert!(calls.refusal(last).is_some(), "the time of a call is over that waits");
    let readings = [("admitted", 10), ("running", 10), ("waiting", 0), ("refused", 1)];
    assert(&readings, "when all permits are held, and one call has waited in vain");
    let leaves = calls.wait(PATIENT);
    let before = [("waiting", 1), ("gave_up", 0)];
    assert(&before, "when a call waits");
    calls.leave(leaves);
    let after = [("waiting", 0), ("gave_up", 1), ("refused", 1)];
    assert(&after, "when a call that waited has gone away");
    calls.assert_full("while all are held");
    assert(&[("refused", 2)], "when a call was refused at once");
    for (nth, verdict) in all.into_iter().zip(Verdict::ALL) {
        calls.end(nth, *verdict);
        let running = 9 - nth as u64;
        let when = format!("when a call has ended as {verdict:?}");
        assert(&[("admitted", 10), ("running", running), (verdict.as_str(), 1)], &when);
    }
}

pub(in crate::bulkhead) fn refusal_names_layer_kind_and_limit(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let mut calls = Calls::at(&fixture);
    calls.fill("at first");
    for (max_wait, kind) in [
        (Duration::ZERO, RefusalKind::BulkheadFull),
        (Duration::from_secs(1), RefusalKind::BulkheadTimeout),
    ] {
        let nth = calls.wait(max_wait);
        calls.pass(PATIENT);
        let Some(refusal) = calls.refusal(nth) else { panic!("no permit is free for {PATIENT:?}") };
        assert_eq!(refusal.kind(), kind, "the kind of the refusal after {max_wait:?}");
        assert_eq!(refusal.by(), fixture.backend().layer(), "the layer of `{kind:?}`");
        assert_eq!(refusal.limit(), Some(fixture.max as u64), "the limit of `{kind:?}`");
    }
}
