use seawall_core::{RefusalKind, Verdict};

use crate::bulkhead::Subject;
use crate::bulkhead::calls::Calls;
use crate::bulkhead::fixture::{Fixture, PATIENT};

pub(in crate::bulkhead) fn closed_bulkhead_refuses(subject: &Subject<'_>) {
    let fixture = Fixture::of(subject, 1);
    let mut calls = Calls::at(&fixture);
    let held = calls.hold("at first");
    let waits = calls.wait(PATIENT);
    fixture.close();
    calls.poll();
    let while_held = calls.wait(PATIENT);
    calls.end(held, Verdict::Success);
    let after = calls.wait(PATIENT);
    for (nth, which) in [
        (waits, "that waits"),
        (while_held, "that comes while another runs"),
        (after, "that comes when no other runs"),
    ] {
        let kind = calls.refusal(nth).map(seawall_core::Refusal::kind);
        let expected = Some(RefusalKind::ShuttingDown);
        assert_eq!(kind, expected, "the refusal of a call to a closed bulkhead, {which}");
    }
}
