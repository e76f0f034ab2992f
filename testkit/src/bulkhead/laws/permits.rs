use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall_core::{Component, RefusalKind, Verdict};

use crate::bulkhead::Subject;
use crate::bulkhead::calls::Calls;
use crate::bulkhead::fixture::{Fixture, PATIENT};
use crate::law::Random;
use crate::{Answer, Scripted, cancel, yield_times};

pub(in crate::bulkhead) fn never_more_than_the_maximum(subject: &Subject<'_>) {
    for seed in 0..5 {
        let fixture = Fixture::new(subject);
        let (mut calls, mut random) = (Calls::at(&fixture), Random::new(seed));
        let mut most = 0;
        for _ in 0..300 {
            step(&mut calls, &mut random);
            let running = calls.running().len();
            assert!(running <= fixture.max, "{running} calls run at once in run {seed}");
            most = most.max(running);
        }
        assert_eq!(most, fixture.max, "the most calls at once in run {seed}, where they wait");
    }
}

/// Lets a call arrive, leave or end, or lets time pass.
fn step(calls: &mut Calls<'_>, random: &mut Random) {
    let (waiting, running) = (calls.waiting(), calls.running());
    match random.below(8) {
        0..4 => _ = calls.wait(random.choose(&[Duration::ZERO, Duration::from_secs(1), PATIENT])),
        4 if !waiting.is_empty() => calls.leave(random.choose(&waiting)),
        5 | 6 if !running.is_empty() => calls.end(random.choose(&running), Verdict::Success),
        _ => calls.pass(random.choose(&[Duration::ZERO, Duration::from_millis(300)])),
    }
    calls.poll();
}

pub(in crate::bulkhead) fn free_permit_is_granted_at_once(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let mut calls = Calls::at(&fixture);
    for max_wait in [Duration::ZERO, PATIENT] {
        let all: Vec<_> = (0..fixture.max).map(|_| calls.wait(max_wait)).collect();
        for nth in all {
            assert!(calls.runs(nth), "a call whose `max_wait` is {max_wait:?} must run at once");
            calls.end(nth, Verdict::Success);
        }
    }
}

pub(in crate::bulkhead) fn every_end_returns_the_permit(subject: &Subject<'_>) {
    // Calls that are abandoned or not used are the subject of other laws.
    let others = [Verdict::Abandoned, Verdict::Unused];
    for verdict in Verdict::ALL.iter().filter(|verdict| !others.contains(verdict)) {
        let fixture = Fixture::new(subject);
        let mut calls = Calls::at(&fixture);
        for nth in calls.fill("at first") {
            calls.end(nth, *verdict);
        }
        fixture.assert_all_are_free(&format!("after calls that ended as {verdict:?}"));
    }
    let fixture = Fixture::new(subject);
    fixture.assert_all_are_free("at first");
    let call = fixture.driver.protect(fixture.backend()).max_wait(PATIENT);
    let panics = call.run(async || -> Result<(), Infallible> { panic!("an operation panics") });
    let panics = catch_unwind(AssertUnwindSafe(|| fixture.clock.block_on(panics)));
    assert!(panics.is_err(), "the panic of an operation goes on");
    fixture.assert_all_are_free("after an operation that panicked");
}

pub(in crate::bulkhead) fn dropped_call_returns_its_permit(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    fixture.assert_all_are_free("at first");
    let call = || async {
        let call = fixture.driver.protect(fixture.backend()).max_wait(PATIENT);
        call.run(async || {
            yield_times(3).await;
            Ok::<(), Infallible>(())
        })
        .await
    };
    cancel::at_every_await(&fixture.clock, call, |awaits| {
        fixture.assert_all_are_free(&format!("after a call that was dropped at await {awaits}"));
    });
}

pub(in crate::bulkhead) fn later_refusal_returns_the_permit(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let later = Scripted::new(Component::CircuitBreaker, "later");
    let layers = (fixture.backend().clone(), later);
    for _ in 0..fixture.max {
        layers.1.then(Answer::Refuse(RefusalKind::CircuitOpen));
        let call = fixture.driver.protect(&layers).max_wait(PATIENT).acquire();
        let kind = fixture.clock.block_on(call).map(drop).map_err(|refusal| refusal.kind());
        assert_eq!(kind, Err(RefusalKind::CircuitOpen), "the refusal of the later layer");
    }
    fixture.assert_all_are_free("after calls that a later layer refused");
}

pub(in crate::bulkhead) fn refused_calls_hold_nothing(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let mut calls = Calls::at(&fixture);
    let held = calls.fill("at first");
    (0..20).for_each(|_| calls.assert_full("while all are held"));
    for _ in 0..20 {
        calls.wait(Duration::from_millis(1));
        calls.pass(Duration::from_millis(10));
    }
    held.into_iter().for_each(|nth| calls.end(nth, Verdict::Success));
    fixture.assert_all_are_free("after many refusals");
}
