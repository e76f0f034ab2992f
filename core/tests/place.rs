//! A call that ends in two steps keeps its places in bulkheads, and nothing else, until its place is
//! dropped; and a place is free only when the operation is gone.

mod shared;

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall_core::{
    Backend, Class, Component, Driver, Dynamic, Entry, Exit, Layer, Status, Tick, Token, Topic,
    Verdict,
};
use seawall_testkit::{Recorder, Scripted, yield_times};

use shared::Shared;

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_report_ends_all_layers_but_the_bulkhead() {
    let shared = Shared::new();
    let permit = shared.handle.owned().acquire_blocking().expect("admitted");
    let place = permit.report(Verdict::Success);
    assert_eq!(shared.all_counts().map(|counts| counts.in_flight()), [0, 1, 0]);
    assert_eq!(shared.breaker.counts().ended(Verdict::Success), 1);
    assert_eq!(shared.recorder.count(Topic::BreakerExecuted), 1);
    assert_eq!(shared.recorder.count(Topic::BulkheadExecuted), 0, "its place is taken still");
    shared.time.advance(5 * MS);
    drop(place);
    assert_eq!(shared.all_counts().map(|counts| counts.ended(Verdict::Success)), [1; 3]);
    assert_eq!(shared.recorder.count(Topic::BreakerExecuted), 1, "each layer ends once");
    assert_eq!(shared.recorder.count(Topic::BulkheadExecuted), 1);
    assert_eq!(shared.recorder.names().last().map(String::as_str), Some("bulkhead.call_executed"));
    shared.assert_closed("at the end");
}

#[test]
fn a_panic_while_only_the_place_is_held_changes_no_verdict() {
    let shared = Shared::new();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let permit = shared.handle.owned().acquire_blocking().expect("admitted");
        let _place = permit.report(Class::overload(Some(MS)));
        panic!("while the body streams");
    }));
    assert!(caught.is_err());
    assert_eq!(shared.all_counts().map(|counts| counts.ended(Verdict::Overload)), [1; 3]);
    shared.assert_closed("after the panic");
}

/// A layer that logs each token that it takes back, and panics if it is to.
struct Logged {
    layer: Layer,
    log: Log,
    panics: bool,
}

type Log = Arc<Mutex<Vec<(String, u64)>>>;

impl Backend for Logged {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, _call: &seawall_core::Call<'_>) -> Entry {
        Entry::Go(Token(7, 0))
    }

    fn exit(&self, token: Token, _exit: &Exit<'_>) {
        let name = self.layer.name().as_str().to_owned();
        self.log.lock().expect("no panic under it").push((name, token.0));
        assert!(!self.panics, "scripted panic");
    }

    fn status(&self, _now: Tick) -> Status {
        Status::new(&self.layer, "logged")
    }
}

/// A list of layers called a, b, c...: B for a bulkhead, R for a breaker, and
/// X and P for those if they panic.
fn list(kinds: &str) -> (Dynamic, Log) {
    let log = Log::default();
    let layer = |(nth, kind): (u8, char)| {
        let component =
            if "BX".contains(kind) { Component::Bulkhead } else { Component::CircuitBreaker };
        let name = char::from(b'a' + nth).to_string();
        let layer = Layer::new(component, name);
        Arc::new(Logged { layer, log: Arc::clone(&log), panics: "XP".contains(kind) })
            as Arc<dyn Backend>
    };
    let layers = (0..).zip(kinds.chars()).map(layer).collect();
    (Dynamic::new("all", layers).expect("at most eight"), log)
}

fn names(log: &Log) -> String {
    let log = log.lock().expect("no panic under it");
    assert!(log.iter().all(|(_, token)| *token == 7), "each layer's own token: {log:?}");
    log.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn each_token_goes_back_once_innermost_first_and_bulkheads_last() {
    for observed in [false, true] {
        for (kinds, reported, dropped) in
            [("BRR", "cb", "a"), ("RBRBRRRB", "gfeca", "hdb"), ("RR", "ba", ""), ("BB", "", "ba")]
        {
            let (list, log) = list(kinds);
            let driver = match observed {
                true => Driver::new().with_observer(Recorder::new()),
                false => Driver::new(),
            };
            let permit = driver.handle(list).owned().acquire_blocking().expect("admitted");
            let place = permit.report(Verdict::Success);
            assert_eq!(names(&log), reported, "{kinds}");
            drop(place);
            assert_eq!(names(&log), format!("{reported}{dropped}"), "{kinds}");
        }
    }
}

#[test]
fn a_layer_that_panics_as_the_call_ends_does_so_once_and_all_others_end_too() {
    for kinds in ["BRPR", "RPRB", "RBXB"] {
        let (list, log) = list(kinds);
        let handle = Driver::new().handle(list);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let permit = handle.owned().acquire_blocking().expect("admitted");
            drop(permit.report(Verdict::Success));
        }));
        assert!(caught.is_err());
        let mut told: Vec<char> = names(&log).chars().collect();
        told.sort_unstable();
        assert_eq!(told, ['a', 'b', 'c', 'd'], "{kinds}");
    }
}

/// Notes how many calls hold a place as it is dropped.
struct Operation {
    bulkhead: Arc<Scripted>,
    seen: Arc<Mutex<Vec<u64>>>,
}

impl Drop for Operation {
    fn drop(&mut self) {
        let holding = self.bulkhead.counts().in_flight();
        self.seen.lock().expect("no panic under it").push(holding);
    }
}

#[test]
fn the_operation_is_gone_before_its_place_is_free() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum End {
        Ready,
        ReadyLater,
        PanicAtFirst,
        PanicLater,
        Cut,
        Dropped,
    }
    use End::{Cut, Dropped, PanicAtFirst, PanicLater, Ready, ReadyLater};
    for end in [Ready, ReadyLater, PanicAtFirst, PanicLater, Cut, Dropped] {
        for (waits, owned) in [(false, false), (true, false), (false, true), (true, true)] {
            let shared = Shared::new();
            if waits {
                shared.limiter.then(seawall_testkit::Answer::AskAfter(MS));
            }
            let seen = Arc::new(Mutex::new(Vec::new()));
            let operation =
                Operation { bulkhead: Arc::clone(&shared.bulkhead), seen: Arc::clone(&seen) };
            let op = async move {
                let _operation = &operation;
                yield_times(usize::from(matches!(end, ReadyLater | PanicLater))).await;
                match end {
                    Ready | ReadyLater => {}
                    PanicAtFirst | PanicLater => panic!("operation"),
                    Cut | Dropped => std::future::pending().await,
                }
                Ok::<u8, Infallible>(7)
            };
            let polls = if end == Dropped { 3 } else { usize::MAX };
            if owned {
                let call = shared.handle.owned().timeout(5 * MS).run_future(op);
                run(&shared, call, polls);
            } else {
                let call = shared.handle.call().timeout(5 * MS).run_future(op);
                run(&shared, call, polls);
            }
            let seen = seen.lock().expect("no panic under it").clone();
            assert_eq!(seen, [1], "{end:?}, waits: {waits}, owned: {owned}");
            shared.assert_closed(&format!("{end:?}"));
        }
    }
}

/// Polls `call` to its end, but at most `polls` times, and drops it; where it does not wake, time passes.
fn run<T>(shared: &Shared, call: impl Future<Output = T>, polls: usize) {
    let mut call = Box::pin(call);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..polls {
        let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut cx).is_ready()));
        if polled.unwrap_or(true) {
            break;
        }
        if shared.bulkhead.counts().admitted == 0 || polls == usize::MAX {
            shared.time.advance_to_next();
        }
    }
    drop(call);
}

#[test]
fn an_operation_that_panics_as_it_is_dropped_counts_as_a_panic() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("dropped");
            }
        }
    }
    impl Future for Panics {
        type Output = Result<u8, Infallible>;
        fn poll(
            self: std::pin::Pin<&mut Self>,
            _cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Self::Output> {
            std::task::Poll::Ready(Ok(7))
        }
    }
    let shared = Shared::new();
    let call = shared.handle.owned().run_future(Panics);
    let caught = catch_unwind(AssertUnwindSafe(|| shared.time.block_on(call)));
    assert!(caught.is_err());
    assert_eq!(shared.breaker.counts().ended(Verdict::Panicked), 1);
    shared.assert_closed("after the panic");
}

mod attempts {
    use std::cell::Cell;

    use seawall_core::Handle;
    use seawall_core::policy::{Budget, BudgetOptions, Hedge, Policy, Retry};
    use seawall_testkit::cancel;

    use super::shared::Layers;
    use super::*;

    /// The handle with a policy: two attempts, or a copy after 10 ms.
    fn with_policy(shared: &Shared, hedges: bool) -> Handle<Layers> {
        let budget = Budget::start(&BudgetOptions::new("service")).expect("valid options");
        let mut policy = Policy::new(&budget).with_retry(Retry::new()).expect("valid options");
        if hedges {
            policy = policy.with_hedge(Hedge::new().after(10 * MS)).expect("valid options");
        }
        let handle = shared.handle.clone().with_policy(policy);
        for _ in 0..if hedges { 100 } else { 0 } {
            let warm = handle.call().run_attempts(async |_| Ok::<_, ()>(()));
            shared.time.block_on(warm).expect("admitted");
        }
        handle
    }

    #[test]
    fn the_place_of_the_last_attempt_is_kept_and_that_of_the_first_is_free() {
        let shared = Shared::new();
        let handle = with_policy(&shared, false);
        let running = || shared.bulkhead.counts().in_flight();
        let status = |result: &Result<u16, ()>| match result {
            Ok(200) => Verdict::Success,
            _ => Verdict::Failure,
        };
        let call = handle.owned().idempotent().classify(status).run_attempts_held(|attempt| {
            assert_eq!(running(), 1, "at attempt {}", attempt.number());
            std::future::ready(Ok::<_, ()>(if attempt.is_extra() { 200 } else { 503 }))
        });
        let (value, place) = shared.time.block_on(call).expect("answered");
        assert_eq!((value, running(), shared.breaker.counts().in_flight()), (200, 1, 0));
        assert_eq!(shared.bulkhead.counts().ended(Verdict::Failure), 1);
        assert_eq!(shared.recorder.count(Topic::AttemptExecuted), 0, "the protection has no name");
        drop(place);
        assert_eq!(shared.all_counts().map(|counts| counts.ended(Verdict::Success)), [1; 3]);

        let call = handle.owned().run_attempts_held(async |_| Err::<(), _>("down"));
        assert!(shared.time.block_on(call).is_err());
        shared.assert_closed("after an error");
        assert_eq!(shared.bulkhead.counts().ended(Verdict::Failure), 2);
    }

    #[test]
    fn a_failure_that_is_returned_keeps_its_place_and_a_cut_call_keeps_none() {
        let shared = Shared::new();
        let handle = with_policy(&shared, false);
        let fails = |_: &Result<u16, ()>| Verdict::Failure;
        let call = handle.owned().classify(fails).run_attempts_held(async |_| Ok(503));
        let (_, place) = shared.time.block_on(call).expect("a response");
        assert_eq!(shared.all_counts().map(|counts| counts.in_flight()), [0, 1, 0]);
        drop(place);
        let hangs = handle
            .owned()
            .timeout(MS)
            .run_attempts_held(async |_| std::future::pending::<Result<(), ()>>().await);
        assert!(shared.time.block_on(hangs).is_err());
        shared.assert_closed("at the end");
    }

    #[test]
    fn of_two_attempts_at_a_time_the_winner_keeps_its_place() {
        for copy_wins in [true, false] {
            let shared = Shared::new();
            let handle = with_policy(&shared, true);
            let clock = shared.time.clock();
            let call = handle.owned().idempotent().run_attempts_held(|attempt| {
                let takes = if attempt.is_hedge() == copy_wins { 15 * MS } else { 900 * MS };
                let (clock, until) = (clock.clone(), clock.now() + takes);
                async move {
                    clock.sleep_until(until).await;
                    Ok::<_, ()>(attempt.is_hedge())
                }
            });
            let (was_copy, place) = shared.time.block_on(call).expect("answered");
            assert_eq!(was_copy, copy_wins);
            assert_eq!(shared.recorder.count(Topic::Hedge), 1);
            assert_eq!(shared.bulkhead.counts().in_flight(), 1, "the loser's is free");
            drop(place);
            shared.assert_closed("at the end");
        }
    }

    #[test]
    fn a_call_dropped_at_any_await_keeps_no_place() {
        let shared = Shared::new();
        let handle = with_policy(&shared, false);
        let attempts = Cell::new(0);
        let awaits = cancel::at_every_await(
            &shared.time,
            || {
                let status = |result: &Result<u16, ()>| match result {
                    Ok(200) => Verdict::Success,
                    _ => Verdict::Failure,
                };
                handle.owned().idempotent().classify(status).run_attempts_held(|attempt| {
                    attempts.set(attempt.number());
                    async move {
                        yield_times(2).await;
                        Ok(if attempt.is_extra() { 200 } else { 503 })
                    }
                })
            },
            |at| shared.assert_closed(&format!("dropped at await {at}")),
        );
        assert!(awaits > 4 && attempts.get() == 2, "{awaits}");
    }
}
