//! The driver pairs every admission with exactly one end, whatever becomes of the call.

mod stack;

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use seawall_core::{Component, Driver, Dynamic, Error, RefusalKind, Topic, Verdict};
use seawall_testkit::{Answer, Recorder, Scripted, cancel, yield_times};

use stack::Stack;

const MS: Duration = Duration::from_millis(1);

impl Stack {
    fn layers(&self) -> (&Scripted, &Scripted, &Scripted) {
        (&self.limiter, &self.bulkhead, &self.breaker)
    }

    /// Each layer ended `times` calls, all with `verdict`, and holds none.
    #[track_caller]
    fn assert_all_ended(&self, times: u64, verdict: Verdict) {
        for layer in [&self.limiter, &self.bulkhead, &self.breaker] {
            let counts = layer.counts();
            assert_eq!(counts.ended(verdict), times, "{layer:?}");
            assert_eq!((counts.admitted, counts.in_flight()), (times, 0), "{layer:?}");
        }
    }
}

#[test]
fn a_result_reaches_every_layer_and_the_caller() {
    let stack = Stack::new();
    let run = |result: Result<u8, &'static str>| {
        stack.time.block_on(stack.driver.protect(&stack.layers()).run(async || result))
    };
    assert_eq!(run(Ok(7)).expect("allowed"), 7);
    assert!(matches!(run(Err("no")), Err(Error::Failed("no"))));
    let counts = stack.breaker.counts();
    assert_eq!((counts.ended(Verdict::Success), counts.ended(Verdict::Failure)), (1, 1));
    assert_eq!(
        &stack.recorder.names()[..4],
        [
            "rate_limiter.request_allowed",
            "circuit_breaker.call_executed",
            "bulkhead.call_executed",
            "rate_limiter.request_allowed",
        ]
    );
}

#[test]
fn a_later_refusal_gives_back_what_earlier_layers_gave() {
    let stack = Stack::new();
    stack.breaker.then(Answer::Refuse(RefusalKind::CircuitOpen));
    let mut ran = false;
    let result = stack.time.block_on(stack.driver.protect(&stack.layers()).run(async || {
        ran = true;
        Ok::<(), Infallible>(())
    }));
    let refusal = result.expect_err("the breaker refuses");
    assert!(refusal.is_refused() && !ran);
    assert_eq!(refusal.refusal().expect("refused").by().name().as_str(), "breaker");
    for layer in [&stack.limiter, &stack.bulkhead] {
        assert_eq!(layer.counts().ended(Verdict::Unused), 1);
        assert_eq!(layer.counts().in_flight(), 0);
    }
    assert_eq!(stack.breaker.counts().admitted, 0);
    assert_eq!(stack.recorder.count(Topic::BreakerRejected), 1);
    assert_eq!(stack.recorder.count(Topic::BulkheadExecuted), 0, "an unused call did not run");
}

#[test]
fn a_future_dropped_at_any_await_leaves_nothing_behind() {
    let stack = Stack::new();
    let places = cancel::at_every_await(
        &stack.time,
        || {
            stack.limiter.forget();
            stack.bulkhead.forget();
            stack.limiter.then(Answer::AskAfter(MS)).then(Answer::GoAfter(MS));
            stack.bulkhead.then(Answer::Later(2));
            let layers = stack.layers();
            let driver = &stack.driver;
            async move {
                let op = async || {
                    yield_times(2).await;
                    Ok::<(), Infallible>(())
                };
                driver.protect(&layers).timeout(60 * MS).run(op).await
            }
        },
        |_| {
            for layer in [&stack.limiter, &stack.bulkhead, &stack.breaker] {
                assert_eq!(layer.counts().in_flight(), 0, "{layer:?}");
            }
        },
    );
    assert_eq!(places, 6, "two waits for the limiter, two for the bulkhead, two in the operation");
    let ends = |layer: &Scripted, verdict| layer.counts().ended(verdict);
    assert_eq!(ends(&stack.breaker, Verdict::Abandoned), 2, "dropped while it ran");
    assert_eq!(ends(&stack.breaker, Verdict::Success), 1, "the last one ran to its end");
    assert_eq!(ends(&stack.breaker, Verdict::Unused), 0);
    assert_eq!(ends(&stack.limiter, Verdict::Unused), 3, "dropped while waiting behind it");
}

#[test]
fn a_panic_differs_from_a_caller_that_went_away() {
    let stack = Stack::new();
    // Who polls catches the panic and drops the future when nothing panics any more.
    let mut future = Box::pin(stack.driver.protect(&stack.breaker).run(async || {
        yield_times(1).await;
        if true {
            panic!("operation");
        }
        Ok::<(), Infallible>(())
    }));
    let polls = catch_unwind(AssertUnwindSafe(|| stack.time.block_on(future.as_mut())));
    assert!(polls.is_err());
    drop(future);
    assert_eq!(stack.breaker.counts().ended(Verdict::Panicked), 1);

    let caught = catch_unwind(AssertUnwindSafe(|| {
        stack.driver.protect(&stack.breaker).run_blocking(|| -> Result<(), Infallible> {
            panic!("operation");
        })
    }));
    assert!(caught.is_err());
    assert_eq!(stack.breaker.counts().ended(Verdict::Panicked), 2);

    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _permit = stack.driver.protect(&stack.breaker).acquire_blocking().expect("admitted");
        panic!("operation");
    }));
    assert!(caught.is_err());
    assert_eq!(stack.breaker.counts().ended(Verdict::Panicked), 3);
    assert_eq!(stack.breaker.counts().in_flight(), 0);
}

#[test]
fn a_panic_before_the_first_await_and_in_the_classifier_count_as_panics() {
    let stack = Stack::new();
    let layers = stack.layers();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let op = || -> std::future::Ready<Result<(), Infallible>> { panic!("before any future") };
        stack.time.block_on(stack.driver.protect(&layers).run(op))
    }));
    assert!(caught.is_err());
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let judge = |_: &Result<(), Infallible>| -> Verdict { panic!("classifier") };
        stack.time.block_on(stack.driver.protect(&layers).classify(judge).run(async || Ok(())))
    }));
    assert!(caught.is_err());
    stack.assert_all_ended(2, Verdict::Panicked);
}

#[test]
fn a_panic_in_a_later_backend_gives_back_what_earlier_layers_gave() {
    let stack = Stack::new();
    stack.breaker.then(Answer::Panic);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let layers = stack.layers();
        stack.driver.protect(&layers).run_blocking(|| Ok::<(), Infallible>(()))
    }));
    assert!(caught.is_err());
    assert_eq!(stack.limiter.counts().ended(Verdict::Unused), 1);
    assert_eq!(stack.bulkhead.counts().ended(Verdict::Unused), 1);
}

#[test]
fn a_panicking_observer_is_not_heard_by_the_call() {
    struct Broken;
    impl seawall_core::Observer for Broken {
        fn observe(&self, _event: &seawall_core::Event<'_>) {
            panic!("observer");
        }
    }
    let recorder = Recorder::new();
    let driver = Driver::new().with_observer(Broken).with_observer(recorder.clone());
    let breaker = Scripted::new(Component::CircuitBreaker, "breaker");
    driver.protect(&breaker).run_blocking(|| Ok::<(), Infallible>(())).expect("allowed");
    assert_eq!(
        recorder.count(Topic::BreakerExecuted),
        1,
        "the next observer hears it all the same"
    );
    let caught = catch_unwind(AssertUnwindSafe(|| {
        driver.protect(&breaker).run_blocking(|| -> Result<(), Infallible> { panic!("operation") })
    }));
    assert!(caught.is_err(), "and a panic on its way does not become an abort");
}

#[test]
fn a_timeout_cuts_the_operation_and_counts_as_a_failure() {
    let stack = Stack::new();
    let layers = stack.layers();
    let call = stack.driver.protect(&layers).timeout(50 * MS);
    let result = stack.time.block_on(call.run(std::future::pending::<Result<(), Infallible>>));
    let Err(Error::TimedOut(elapsed)) = result else { panic!("{result:?}") };
    assert_eq!(elapsed.limit(), 50 * MS);
    assert_eq!(stack.time.now().since(seawall_core::Tick::ZERO), 50 * MS);
    assert_eq!(
        elapsed.to_string(),
        "the call through circuit breaker `breaker` was cut after 50 ms"
    );
    stack.assert_all_ended(1, Verdict::Failure);
    assert_eq!(stack.breaker.counts().timed_out, 1);
    assert_eq!(stack.time.sleepers(), 0, "no timer is left behind");
}

#[test]
fn a_result_that_is_there_at_the_deadline_counts() {
    let stack = Stack::new();
    let clock = stack.time.clock();
    let layers = stack.layers();
    let result =
        stack.time.block_on(stack.driver.protect(&layers).timeout(50 * MS).run(async || {
            clock.sleep_until(seawall_core::Tick::ZERO + 50 * MS).await;
            Ok::<u8, Infallible>(1)
        }));
    assert_eq!(result.expect("in time"), 1);
}

#[test]
fn a_deadline_that_passes_while_waiting_refuses_and_while_running_cuts() {
    let stack = Stack::new();
    stack.bulkhead.then(Answer::Never(100 * MS, RefusalKind::CheckoutTimeout));
    let layers = stack.layers();
    let call = || stack.driver.protect(&layers).deadline(30 * MS);
    let waiting = stack.time.block_on(call().run(async || Ok::<(), Infallible>(())));
    let refusal = waiting.expect_err("no place in time");
    let refusal = refusal.refusal().expect("never ran");
    assert_eq!(refusal.kind(), RefusalKind::Deadline);
    assert_eq!(refusal.by().name().as_str(), "bulkhead");
    assert_eq!(stack.limiter.counts().ended(Verdict::Unused), 1);

    let running = stack.time.block_on(call().run(std::future::pending::<Result<(), Infallible>>));
    assert!(running.expect_err("cut").is_timed_out());
    assert_eq!(stack.time.now().since(seawall_core::Tick::ZERO), 60 * MS);
}

#[test]
fn a_wait_that_cannot_end_before_the_deadline_is_refused_at_once() {
    for answer in [Answer::AskAfter(40 * MS), Answer::GoAfter(40 * MS)] {
        let stack = Stack::new();
        stack.limiter.then(answer);
        let layers = stack.layers();
        let call = stack.driver.protect(&layers).deadline(30 * MS);
        let result = stack.time.block_on(call.run(async || Ok::<(), Infallible>(())));
        let refusal = result.expect_err("refused");
        assert_eq!(refusal.retry_after(), Some(40 * MS));
        assert_eq!(refusal.refusal().expect("refused").kind(), RefusalKind::Deadline);
        assert_eq!(stack.time.now(), seawall_core::Tick::ZERO, "without waiting for it");
        assert_eq!(stack.limiter.counts().in_flight(), 0);
    }
}

#[test]
fn waiting_takes_as_long_as_the_layers_say() {
    let stack = Stack::new();
    stack.limiter.then(Answer::AskAfter(2 * MS)).then(Answer::GoAfter(3 * MS));
    stack.bulkhead.then(Answer::Later(3));
    let layers = stack.layers();
    let result = stack.time.block_on(
        stack.driver.protect(&layers).run(async || Ok::<_, Infallible>(stack.time.now())),
    );
    assert_eq!(result.expect("allowed").since(seawall_core::Tick::ZERO), 5 * MS);
    stack.assert_all_ended(1, Verdict::Success);
}

#[test]
fn a_thread_waits_as_a_task_does() {
    let stack = Stack::new();
    stack.limiter.then(Answer::AskAfter(2 * MS));
    stack.bulkhead.then(Answer::Later(3));
    let layers = stack.layers();
    std::thread::scope(|scope| {
        let caller = scope.spawn(|| {
            stack.driver.protect(&layers).run_blocking(|| Ok::<_, Infallible>(stack.time.now()))
        });
        while !caller.is_finished() {
            stack.time.advance_to_next();
            std::thread::yield_now();
        }
        let at = caller.join().expect("no panic").expect("allowed");
        assert_eq!(at.since(seawall_core::Tick::ZERO), 2 * MS);
    });
    stack.assert_all_ended(1, Verdict::Success);
}

#[test]
fn a_thread_that_overstays_keeps_its_result_and_counts_as_a_failure() {
    let stack = Stack::new();
    let layers = stack.layers();
    let result = stack.driver.protect(&layers).timeout(10 * MS).run_blocking(|| {
        stack.time.advance(11 * MS);
        Ok::<u8, Infallible>(1)
    });
    assert_eq!(result.expect("a thread cannot be cut"), 1);
    stack.assert_all_ended(1, Verdict::Failure);
    assert_eq!(stack.breaker.counts().timed_out, 1);
}

#[test]
fn a_protected_call_inside_another_blames_only_what_is_to_blame() {
    let stack = Stack::new();
    let inner = Scripted::new(Component::ConnectionPool, "inner");
    let nested = |answer: Option<Answer>, result: Result<(), &'static str>| {
        answer.map(|answer| inner.then(answer));
        let outer = stack.driver.protect(&stack.breaker);
        stack.time.block_on(
            outer.run_nested(|| stack.driver.protect(&inner).run(move || async move { result })),
        )
    };
    let ended = |verdict| stack.breaker.counts().ended(verdict);
    let full = nested(Some(Answer::Refuse(RefusalKind::PoolFull)), Ok(()));
    assert_eq!(full.expect_err("full").refusal().expect("never ran").by().name().as_str(), "inner");
    assert_eq!((ended(Verdict::Ignored), ended(Verdict::Failure)), (1, 0));
    let away = nested(Some(Answer::Refuse(RefusalKind::ResourceUnavailable)), Ok(()));
    assert!(away.expect_err("unavailable").is_refused());
    assert_eq!((ended(Verdict::Ignored), ended(Verdict::Failure)), (1, 1));
    assert!(matches!(nested(None, Err("own")), Err(Error::Failed("own"))));
    assert_eq!((ended(Verdict::Ignored), ended(Verdict::Failure)), (1, 2));
    nested(None, Ok(())).expect("fine");
    assert_eq!(ended(Verdict::Success), 1);
}

#[test]
fn a_list_acts_as_a_tuple_does() {
    use std::sync::Arc;
    let names = ["limiter", "bulkhead", "breaker"];
    let layers: Vec<_> =
        names.map(|name| Arc::new(Scripted::new(Component::Bulkhead, name))).into();
    let list = Dynamic::new("all", layers.iter().map(|layer| Arc::clone(layer) as _).collect())
        .expect("three layers");
    let driver = Driver::new();
    layers[2].then(Answer::Refuse(RefusalKind::PoolFull));
    let refused = driver.protect(&list).run_blocking(|| Ok::<(), Infallible>(()));
    assert_eq!(
        refused.expect_err("full").refusal().expect("refused").by().name().as_str(),
        "breaker"
    );
    driver.protect(&list).run_blocking(|| Ok::<(), Infallible>(())).expect("allowed");
    for layer in &layers[..2] {
        assert_eq!(layer.counts().ended(Verdict::Unused), 1);
        assert_eq!(layer.counts().ended(Verdict::Success), 1);
        assert_eq!(layer.counts().in_flight(), 0);
    }
    let deep = vec![Arc::clone(&layers[0]) as _; 9];
    let error = Dynamic::new("deep", deep).expect_err("too deep").to_string();
    assert_eq!(error, "a protection has at most 8 layers, not 9; nest one in another");
}

#[test]
fn calls_can_be_spawned() {
    fn spawnable<T: Send>(future: T) -> T {
        future
    }
    let stack = Stack::new();
    let layers = stack.layers();
    let call =
        stack.driver.protect(&layers).key(("user", 1)).run(async || Ok::<(), Infallible>(()));
    stack.time.block_on(spawnable(call)).expect("allowed");
}
