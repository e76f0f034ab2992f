//! Calls that own their protection account for themselves as calls that borrow it do, wherever they are
//! dropped and on whatever thread.

mod shared;

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use seawall_core::{
    ByResult, Entering, Error, Handle, NoKey, Owned, OwnedPermit, OwnedReservation, Place,
    RefusalKind, RunFuture, Topic, Verdict,
};
use seawall_testkit::{Answer, ManualClock, cancel, yield_times};

use shared::{Layers, Shared};

const MS: Duration = Duration::from_millis(1);

type Form = fn(Handle<Layers>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

async fn work() -> Result<u8, Infallible> {
    yield_times(2).await;
    Ok(7)
}

/// The forms of an owned call, each beside the same form of a call that borrows.
const FORMS: [(&str, Form, Form); 8] = [
    (
        "run",
        |handle| Box::pin(async move { drop(handle.owned().timeout(60 * MS).run(work).await) }),
        |handle| Box::pin(async move { drop(handle.call().timeout(60 * MS).run(work).await) }),
    ),
    (
        "run_future",
        |handle| Box::pin(async move { drop(handle.owned().run_future(work()).await) }),
        |handle| Box::pin(async move { drop(handle.call().run_future(work()).await) }),
    ),
    (
        "run_or",
        |handle| Box::pin(async move { drop(handle.owned().run_or(work, |_| 0).await) }),
        |handle| Box::pin(async move { drop(handle.call().run_or(work, |_| 0).await) }),
    ),
    (
        "run_nested",
        |handle| {
            let op = async || work().await.map_err(Error::Failed);
            Box::pin(async move { drop(handle.owned().run_nested(op).await) })
        },
        |handle| {
            let op = async || work().await.map_err(Error::Failed);
            Box::pin(async move { drop(handle.call().run_nested(op).await) })
        },
    ),
    (
        "acquire",
        |handle| {
            Box::pin(async move {
                let permit = handle.owned().acquire().await.expect("admitted");
                yield_times(2).await;
                permit.success();
            })
        },
        |handle| {
            Box::pin(async move {
                let permit = handle.call().acquire().await.expect("admitted");
                yield_times(2).await;
                permit.success();
            })
        },
    ),
    (
        "reserve",
        |handle| {
            Box::pin(async move {
                let reservation = handle.owned().reserve().await.expect("admitted");
                yield_times(1).await;
                let permit = reservation.into_permit();
                yield_times(1).await;
                permit.failure();
            })
        },
        |handle| {
            Box::pin(async move {
                let reservation = handle.call().reserve().await.expect("admitted");
                yield_times(1).await;
                let permit = reservation.into_permit();
                yield_times(1).await;
                permit.failure();
            })
        },
    ),
    (
        "report",
        |handle| {
            Box::pin(async move {
                let permit = handle.owned().acquire().await.expect("admitted");
                yield_times(1).await;
                let _place = permit.report(Verdict::Overload);
                yield_times(1).await;
            })
        },
        |handle| {
            Box::pin(async move {
                let permit = handle.call().acquire().await.expect("admitted");
                yield_times(1).await;
                let _place = permit.report(Verdict::Overload);
                yield_times(1).await;
            })
        },
    ),
    (
        "cut",
        |handle| {
            let op = std::future::pending::<Result<u8, Infallible>>;
            Box::pin(async move { drop(handle.owned().timeout(60 * MS).run(op).await) })
        },
        |handle| {
            let op = std::future::pending::<Result<u8, Infallible>>;
            Box::pin(async move { drop(handle.call().timeout(60 * MS).run(op).await) })
        },
    ),
];

#[test]
fn a_call_dropped_at_any_await_leaves_nothing_behind_owned_or_borrowed() {
    for (name, owned, borrowed) in FORMS {
        let drops = [owned, borrowed].map(|form| {
            let shared = Shared::new();
            let make = || {
                shared.forget();
                shared.limiter.then(Answer::AskAfter(MS)).then(Answer::GoAfter(MS));
                shared.bulkhead.then(Answer::Later(2));
                form(shared.handle.clone())
            };
            let drops = cancel::at_every_await(&shared.time, make, |nth| {
                shared.assert_closed(&format!("{name}, dropped at await {nth}"));
                assert_eq!(shared.time.sleepers(), 0, "{name}, await {nth}: no timer is left");
            });
            (drops, shared.all_counts(), shared.recorder.names())
        });
        assert!(drops[0].0 >= 5, "{name}: {} awaits", drops[0].0);
        assert_eq!(drops[0], drops[1], "{name}: owned and borrowed calls do the same");
    }
}

#[test]
fn owned_forms_can_go_to_other_threads_and_live_as_long_as_they_like() {
    fn is_sendable<T: Send + 'static>() {}
    fn is_shareable<T: Send + Sync + 'static>() {}
    fn check<T: Send + 'static>(value: T) -> T {
        value
    }
    type Work = std::future::Ready<Result<u8, Infallible>>;
    is_shareable::<Handle<Layers>>();
    is_shareable::<OwnedPermit<Layers>>();
    is_shareable::<OwnedReservation<Layers>>();
    is_shareable::<Place<Owned<Layers>>>();
    is_sendable::<Entering<'static, Owned<Layers>, NoKey>>();
    is_sendable::<RunFuture<'static, Owned<Layers>, NoKey, ByResult, Work>>();
    let shared = Shared::new();
    drop(check(shared.handle.owned().key(("user", 1)).run(work)));
    drop(check(shared.handle.owned().run_or(work, |_| 0)));
    drop(check(shared.handle.owned().reserve()));
    drop(check(shared.handle.owned().key("user").acquire()));
    drop(check(shared.handle.owned().deadline(MS).run_future(work())));
    assert_eq!(shared.bulkhead.counts().admitted, 0, "nothing happens before the first poll");
}

#[test]
fn owned_calls_end_on_whatever_thread_drops_them() {
    let shared = Shared::new();
    let on_thread = |end: fn(Handle<Layers>, ManualClock)| {
        let (handle, time) = (shared.handle.clone(), shared.time.clone());
        std::thread::spawn(move || end(handle, time)).join().expect("no panic");
    };
    on_thread(|handle, time| drop(time.block_on(handle.owned().run(work))));
    on_thread(|handle, time| drop(time.block_on(handle.owned().run_future(work()))));
    assert_eq!(shared.bulkhead.counts().ended(Verdict::Success), 2);

    let permit = shared.time.block_on(shared.handle.owned().acquire()).expect("admitted");
    std::thread::spawn(move || drop(permit)).join().expect("no panic");
    let reservation = shared.handle.owned().reserve_blocking().expect("admitted");
    std::thread::spawn(move || drop(reservation)).join().expect("no panic");
    let permit = shared.handle.owned().acquire_blocking().expect("admitted");
    let place = permit.report(Verdict::Failure);
    std::thread::spawn(move || drop(place)).join().expect("no panic");
    for layer in [&shared.limiter, &shared.bulkhead, &shared.breaker] {
        let counts = layer.counts();
        let ends = [Verdict::Abandoned, Verdict::Unused, Verdict::Failure];
        assert_eq!(ends.map(|verdict| counts.ended(verdict)), [1, 1, 1], "{layer:?}");
    }
    shared.assert_closed("at the end");
}

#[test]
fn an_owned_call_that_panics_in_its_classifier_counts_as_a_panic() {
    let shared = Shared::new();
    let classify = |_: &Result<u8, Infallible>| -> Verdict { panic!("classifier") };
    for yields in [0, 1] {
        let op = move || async move {
            yield_times(yields).await;
            Ok(7)
        };
        let call = shared.handle.owned().classify(classify).run(op);
        let caught = catch_unwind(AssertUnwindSafe(|| shared.time.block_on(call)));
        assert!(caught.is_err());
    }
    let caught = catch_unwind(AssertUnwindSafe(|| {
        shared.handle.owned().classify(classify).run_blocking(|| Ok(7))
    }));
    assert!(caught.is_err());
    assert_eq!(shared.breaker.counts().ended(Verdict::Panicked), 3);
    shared.assert_closed("after three panics");
}

/// Polls `future` to its end and once more, and returns the panic's sentence.
fn polled_twice<T>(time: &ManualClock, future: impl Future<Output = T>) -> String {
    let mut future = Box::pin(future);
    drop(time.block_on(future.as_mut()));
    let again = catch_unwind(AssertUnwindSafe(|| drop(time.block_on(future.as_mut()))));
    let panic = again.expect_err("it has completed");
    (*panic.downcast::<&'static str>().expect("a sentence")).to_owned()
}

#[test]
fn a_future_polled_after_completion_panics_with_a_sentence() {
    let shared = Shared::new();
    let (time, handle) = (&shared.time, &shared.handle);
    let call = "a protected call was polled after it had completed";
    let ready = || std::future::ready(Ok::<u8, Infallible>(7));
    assert_eq!(polled_twice(time, handle.owned().run(work)), call);
    assert_eq!(polled_twice(time, handle.owned().run(ready)), call);
    assert_eq!(polled_twice(time, handle.owned().run_future(work())), call);
    assert_eq!(polled_twice(time, handle.owned().run_or(work, |_| 0)), call);
    shared.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
    assert_eq!(polled_twice(time, handle.owned().run(work)), call);
    let admission = "an admission was polled after it had completed";
    assert_eq!(polled_twice(time, handle.owned().acquire()), admission);
    shared.limiter.then(Answer::GoAfter(MS));
    assert_eq!(polled_twice(time, handle.owned().acquire()), admission);
    shared.assert_closed("at the end");
}

#[test]
fn a_handle_lends_its_classifier_and_limits_to_calls_that_set_none() {
    let shared = Shared::new();
    let handle = shared.handle.clone().with_limits(Some(5 * MS), None);
    let handle = handle.with_classifier(|_: &Result<u8, &'static str>| Verdict::Ignored);
    let clone = handle.clone();
    shared.time.block_on(clone.run(async || Ok::<u8, &'static str>(1))).expect("admitted");
    clone.run_blocking(|| Err::<u8, _>("no")).expect_err("its own error");
    let owned = clone.owned().run(async || Err::<u8, _>("no"));
    shared.time.block_on(owned).expect_err("its own error");
    assert_eq!(shared.breaker.counts().ended(Verdict::Ignored), 3);
    let own = clone.call().classify(ByResult).run(async || Ok::<u8, &'static str>(1));
    shared.time.block_on(own).expect("admitted");
    assert_eq!(shared.breaker.counts().ended(Verdict::Success), 1);
    let cut = clone.owned().run(std::future::pending::<Result<u8, &'static str>>);
    assert!(shared.time.block_on(cut).expect_err("cut").is_timed_out());
    assert_eq!(shared.recorder.count(Topic::BreakerExecuted), 5);
    shared.assert_closed("at the end");
}
