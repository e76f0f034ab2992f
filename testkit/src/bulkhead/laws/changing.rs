use seawall_core::{ControlAction, Key, Verdict};

use crate::bulkhead::Subject;
use crate::bulkhead::calls::Calls;
use crate::bulkhead::fixture::{Fixture, PATIENT};

pub(in crate::bulkhead) fn more_permits_go_to_waiters(subject: &Subject<'_>) {
    let fixture = Fixture::of(subject, 1);
    let mut calls = Calls::at(&fixture);
    let held = calls.hold("at first");
    (0..3).for_each(|_| _ = calls.wait(PATIENT));
    fixture.resize(3);
    calls.settle();
    assert_eq!(calls.running().len(), 3, "calls that run after a resize from 1 to 3");
    calls.end(held, Verdict::Success);
    calls.settle();
    assert!(calls.waiting().is_empty(), "no call may wait when one of 3 has ended");
}

pub(in crate::bulkhead) fn fewer_permits_are_reached_as_calls_end(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let mut calls = Calls::at(&fixture);
    let held = calls.fill("at first");
    let waits = calls.wait(PATIENT);
    fixture.resize(1);
    calls.settle();
    for (ended, nth) in held.into_iter().enumerate() {
        assert!(
            calls.waits(waits),
            "a call must wait when {ended} of 3 have ended, since 1 may run"
        );
        calls.end(nth, Verdict::Success);
        calls.settle();
    }
    assert!(calls.runs(waits), "a call must run when all others have ended");
    calls.assert_full("since 1 may run, and does");
}

pub(in crate::bulkhead) fn impossible_changes_change_nothing(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let error = fixture.act(ControlAction::Resize(0), None).expect_err("zero is no maximum");
    assert!(!error.is_unsupported(), "a resize to zero must fail as such; but: {error}");
    for (action, key) in
        [(ControlAction::Resize(1), Some(Key::new(&"key"))), (ControlAction::ForceOpen, None)]
    {
        let Err(error) = fixture.act(action, key) else {
            panic!("{action:?} must not succeed for the key {key:?}")
        };
        assert!(error.is_unsupported(), "{action:?} must be unsupported; but: {error}");
    }
    fixture.assert_all_are_free("after changes that failed");
}
