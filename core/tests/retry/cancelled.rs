//! Calls that are dropped: nothing is lost, and each is accounted for.

use std::panic::{AssertUnwindSafe, catch_unwind};

use seawall_core::policy::{BudgetOptions, Policy};
use seawall_core::{Driver, Topic, Verdict};
use seawall_testkit::{Answer, Recorder, Scripted, cancel, yield_times};

use crate::MS;
use crate::fixture::{Fixture, Outcome, RETRY};

#[test]
fn a_call_that_is_dropped_at_any_await_leaves_nothing_behind() {
    let fixture = Fixture::new(RETRY);
    let make = || {
        fixture.recorder.take().clear();
        fixture.limiter.forget();
        fixture.limiter.then(Answer::Later(1)).then(Answer::GoAfter(MS)).then(Answer::AskAfter(MS));
        let call = fixture.handle.call().idempotent();
        call.run_attempts(async |attempt| {
            yield_times(1).await;
            if attempt.number() < 3 { Outcome::Err("down") } else { Ok(7) }
        })
    };
    let mut sent = 0;
    let awaits = cancel::at_every_await(&fixture.time, make, |awaits| {
        fixture.assert_closed(awaits);
        let events = fixture.recorder.events();
        let ends = events.iter().filter(|event| event.topic == Topic::ProtectionExecuted);
        assert_eq!(ends.count(), 1, "{awaits}");
        // Only what was sent is taken. Limited to what one slot of the budget saw.
        let attempts = events.iter().filter(|event| event.topic == Topic::AttemptExecuted);
        sent += attempts.filter(|event| event.attempt > 1).count();
        let [balance, withdrawn] = fixture.balance();
        assert_eq!(balance + withdrawn, 1000, "{awaits}");
        assert_eq!(withdrawn, u64::try_from(sent).expect("small"), "{awaits}");
    });
    assert_eq!(awaits, 8, "three waits for admission, three operations, two waits between them");
}

#[test]
fn a_call_that_is_dropped_between_attempts_is_abandoned() {
    let fixture = Fixture::new(RETRY);
    let call = || fixture.handle.call().idempotent().run_attempts(async |_| Outcome::Err("down"));
    cancel::at_every_await(&fixture.time, call, |awaits| {
        let events = fixture.recorder.take();
        let verdicts = |topic| {
            let of = events.iter().filter(move |event| event.topic == topic);
            of.filter_map(|event| event.verdict).collect::<Vec<_>>()
        };
        let end = if awaits < 2 { Verdict::Abandoned } else { Verdict::Failure };
        assert_eq!(verdicts(Topic::ProtectionExecuted), [end], "{awaits}");
        assert_eq!(verdicts(Topic::AttemptExecuted), vec![Verdict::Failure; awaits + 1]);
    });
}

#[test]
fn an_attempt_that_panics_is_the_last_one() {
    let fixture = Fixture::new(RETRY);
    let call = fixture.handle.call().idempotent().run_attempts(async |attempt| {
        fixture.note(attempt.number());
        assert!(!attempt.is_extra(), "the second attempt panics");
        Outcome::Err("down")
    });
    catch_unwind(AssertUnwindSafe(|| fixture.time.block_on(call))).expect_err("it panics");
    let blocking = || {
        let call = fixture.handle.call().idempotent();
        call.run_attempts_blocking(|attempt| -> Outcome { panic!("{attempt:?}") })
    };
    catch_unwind(AssertUnwindSafe(blocking)).expect_err("it panics");
    assert_eq!(fixture.numbers(), [1, 2]);
    assert_eq!(fixture.breaker.counts().ended(Verdict::Panicked), 2);
    let ends = fixture.recorder.events().into_iter();
    let ends = ends.filter(|event| event.topic == Topic::ProtectionExecuted);
    let verdicts: Vec<_> = ends.filter_map(|event| event.verdict).collect();
    assert_eq!(verdicts, [Verdict::Panicked; 2]);
    fixture.assert_closed("at the end");
}

/// Without observers, the first attempt takes a shorter way.
#[test]
fn a_first_attempt_that_panics_is_counted_without_observers_too() {
    for awaits in [0, 2] {
        let options = BudgetOptions::new("payments");
        let policy = |budget: &_| Policy::new(budget).with_retry(RETRY).expect("valid options");
        let fixture = Fixture::with(&Driver::new(), Recorder::new(), &options, policy);
        let limiter = &*fixture.limiter;
        let call = fixture.handle.call().idempotent().run_attempts(async |attempt| -> Outcome {
            let _held = HoldsPlace(limiter);
            yield_times(awaits).await;
            panic!("{attempt:?} after {awaits} awaits")
        });
        catch_unwind(AssertUnwindSafe(|| fixture.time.block_on(call))).expect_err("it panics");
        assert_eq!(fixture.breaker.counts().ended(Verdict::Panicked), 1, "{awaits}");
        fixture.assert_closed(awaits);
    }
}

/// Part of an operation, which is dropped before its place is free.
struct HoldsPlace<'l>(&'l Scripted);

impl Drop for HoldsPlace<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            assert_eq!(self.0.counts().in_flight(), 1, "the operation is dropped first");
        }
    }
}

#[test]
fn a_call_can_be_spawned() {
    fn spawnable<T: Send + 'static>(future: T) -> T {
        future
    }
    let fixture = Fixture::new(RETRY);
    let call = fixture.handle.owned().key(String::from("ann")).idempotent();
    let call = spawnable(call.run_attempts(async |_| Outcome::Ok(7)));
    assert_eq!(fixture.time.block_on(call).expect("no layer refuses"), 7);
}
