use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{RefusalKind, Verdict};

use crate::bulkhead::Subject;
use crate::bulkhead::calls::{Calls, acquire};
use crate::bulkhead::fixture::{Fixture, MOMENT, PATIENT};
use crate::clock::Woken;

const SECOND: Duration = Duration::from_secs(1);

pub(in crate::bulkhead) fn waiters_go_in_order(subject: &Subject<'_>) {
    let fixture = Fixture::of(subject, 1);
    let mut calls = Calls::at(&fixture);
    let mut runs = calls.hold("at first");
    let mut waiting: Vec<_> = (0..4).map(|_| calls.wait(PATIENT)).collect();
    for turn in 0..4 {
        calls.end(runs, Verdict::Success);
        // It comes before the waiter whose turn it is has been polled.
        waiting.push(calls.wait(PATIENT));
        calls.settle();
        assert_eq!(calls.running(), [waiting[turn]], "the calls that run after {turn} others");
        runs = waiting[turn];
    }
}

pub(in crate::bulkhead) fn wait_ends_in_time(subject: &Subject<'_>) {
    for (max_wait, deadline, kind) in [
        (SECOND, None, RefusalKind::BulkheadTimeout),
        (SECOND, Some(2 * SECOND), RefusalKind::BulkheadTimeout),
        (2 * SECOND, Some(SECOND), RefusalKind::Deadline),
    ] {
        let fixture = Fixture::new(subject);
        let mut calls = Calls::at(&fixture);
        calls.fill("at first");
        let nth = calls.join(acquire(&fixture, max_wait, deadline));
        let what = format!("whose `max_wait` is {max_wait:?} and its deadline {deadline:?}");
        calls.pass(SECOND - MOMENT);
        assert!(calls.waits(nth), "a call must still wait 1 ns before its end, {what}");
        calls.pass(MOMENT);
        let refused = calls.refusal(nth).map(seawall_core::Refusal::kind);
        assert_eq!(refused, Some(kind), "the refusal of a call when its time is over, {what}");
    }
}

pub(in crate::bulkhead) fn waiters_that_leave_pass_their_turn_on(subject: &Subject<'_>) {
    for is_granted in [false, true] {
        let fixture = Fixture::of(subject, 1);
        let mut calls = Calls::at(&fixture);
        let held = calls.hold("at first");
        let [leaves, stays] = [(); 2].map(|()| calls.wait(PATIENT));
        if is_granted {
            calls.end(held, Verdict::Success);
            calls.leave(leaves);
        } else {
            calls.leave(leaves);
            calls.end(held, Verdict::Success);
        }
        calls.settle();
        let when = if is_granted { "when it was its turn" } else { "before its turn" };
        assert!(calls.runs(stays), "a call must run after the one before it has left {when}");
    }
}

pub(in crate::bulkhead) fn waiter_is_woken(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let mut calls = Calls::at(&fixture);
    let held = calls.fill("at first");
    let mut call = acquire(&fixture, PATIENT, None);
    let [first, last] = [(); 2].map(|()| Arc::new(Woken::default()));
    for woken in [&first, &last] {
        let waker = Waker::from(Arc::clone(woken));
        let polled = call.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "a call must wait while all permits are held");
    }
    calls.end(held[0], Verdict::Success);
    calls.settle();
    assert!(last.take(), "a call that waits must be woken by its last waker");
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(permit)) => permit.success(),
        Poll::Ready(Err(refusal)) => panic!("a call that was woken must run; but: {refusal}"),
        Poll::Pending => panic!("a call that was woken must run, and not wait"),
    }
}
