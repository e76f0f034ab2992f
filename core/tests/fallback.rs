//! What takes the place of an error, when, and that it counts for nothing else.

mod shared;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use seawall_core::policy::Fallback;
use seawall_core::{Class, Error, RefusalKind, Topic, Verdict};
use seawall_testkit::{Answer, cancel, yield_times};

use shared::Shared;

const MS: Duration = Duration::from_millis(1);

type Outcome = Result<u32, &'static str>;

fn by_text(result: &Outcome) -> Class {
    match result {
        Ok(_) => Verdict::Success.into(),
        Err("overload") => Class::overload(None),
        Err(_) => Verdict::Failure.into(),
    }
}

/// Makes calls that end in each way there is, async and blocking; returns which were replaced.
fn replaced(fallback: Fallback) -> [bool; 4] {
    ["refused", "timed out", "failed", "overload"].map(|end| {
        let shared = Shared::new();
        let call = || {
            if end == "refused" {
                shared.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
            }
            shared.handle.call().classify(by_text).timeout(20 * MS)
        };
        let run = call().run_or_else(
            fallback,
            async |_| if end == "timed out" { pending().await } else { Err(end) },
            async |_| Ok::<_, Infallible>(7),
        );
        let result = shared.time.block_on(run);
        if end != "timed out" {
            let blocking =
                call().run_or_else_blocking(fallback, |_| Err(end), |_| Ok::<_, Infallible>(7));
            assert_eq!(blocking.is_ok(), result.is_ok(), "{end}");
        }
        assert_eq!(shared.breaker.counts().ended(Verdict::Success), 0, "{end}: it is no success");
        shared.assert_closed(end);
        result.is_ok()
    })
}

#[test]
fn each_kind_of_end_is_replaced_by_choice() {
    let none = Fallback::new().refused(false).timed_out(false).failed(false).overload(false);
    assert_eq!(replaced(Fallback::new()), [true; 4]);
    assert_eq!(replaced(none), [false; 4]);
    assert_eq!(replaced(none.refused(true)), [true, false, false, false]);
    assert_eq!(replaced(none.timed_out(true)), [false, true, false, false]);
    assert_eq!(replaced(none.failed(true)), [false, false, true, false]);
    assert_eq!(replaced(none.overload(true)), [false, false, false, true]);
}

#[test]
fn it_gets_the_error_and_the_first_error_is_returned_if_it_fails_too() {
    let shared = Shared::new();
    let call = || shared.handle.call();
    let run = call().run_or_else(
        Fallback::new(),
        async |_| Err::<u32, _>("down"),
        |error: &Error<&'static str>| {
            let text = error.to_string();
            async move { Ok::<_, Infallible>(u32::try_from(text.len()).expect("short")) }
        },
    );
    assert_eq!(shared.time.block_on(run).expect("replaced"), 4);
    let run = call().run_or_else(
        Fallback::new(),
        async |_| Err::<u32, _>("down"),
        async |_| Err::<u32, _>("the cache is down too"),
    );
    assert_eq!(shared.time.block_on(run).expect_err("both fail").into_failed(), Some("down"));
    assert_eq!(shared.recorder.count(Topic::Fallback), 2);
    // Another protected call is a fallback as well.
    let run = call().run_or_else(
        Fallback::new(),
        async |_| Err::<u32, _>("down"),
        async |_| shared.handle.call().run(async || Ok::<_, Infallible>(9)).await,
    );
    assert_eq!(shared.time.block_on(run).expect("replaced"), 9);
}

#[test]
fn a_success_is_not_replaced_and_emits_nothing() {
    let shared = Shared::new();
    let unused = |_: &Error<&str>| -> std::future::Ready<Outcome> { panic!("it is not needed") };
    let run = shared.handle.call().run_or_else(Fallback::new(), async |_| Ok(1), unused);
    assert_eq!(shared.time.block_on(run).expect("the first"), 1);
    assert_eq!(shared.recorder.count(Topic::Fallback), 0);
}

#[test]
fn the_deadline_is_that_of_both() {
    let shared = Shared::new();
    let started = Cell::new(0);
    let run = |takes: u32| {
        let clock = shared.time.clock();
        let begun = shared.time.now();
        let call = shared.handle.call().deadline(100 * MS).run_or_else(
            Fallback::new(),
            async |_| {
                clock.sleep_until(begun + takes * MS).await;
                Err::<u32, _>("down")
            },
            async |_| {
                started.set(started.get() + 1);
                pending::<Outcome>().await
            },
        );
        let error = shared.time.block_on(call).expect_err("neither answers");
        assert_eq!(error.into_failed(), Some("down"));
        shared.time.now().since(begun)
    };
    assert_eq!(run(40), 100 * MS, "cut at the deadline");
    assert_eq!((run(90), started.get()), (100 * MS, 2), "10 ms are left");
    assert_eq!((run(91), started.get()), (91 * MS, 2), "too little is left");
}

#[test]
fn a_call_that_is_dropped_at_any_await_is_accounted_for() {
    let shared = Shared::new();
    let make = || {
        shared.handle.call().run_or_else(
            Fallback::new(),
            async |_| {
                yield_times(2).await;
                Err::<u32, _>("down")
            },
            async |_| {
                yield_times(2).await;
                Ok::<_, Infallible>(7)
            },
        )
    };
    let awaits = cancel::at_every_await(&shared.time, make, |awaits| {
        shared.assert_closed(&awaits.to_string());
    });
    assert_eq!(awaits, 4);
    let counts = shared.breaker.counts();
    let ends = [Verdict::Abandoned, Verdict::Failure, Verdict::Success];
    assert_eq!(ends.map(|verdict| counts.ended(verdict)), [2, 3, 0]);
}
