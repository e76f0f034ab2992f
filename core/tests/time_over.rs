//! A call whose time is already over is refused: nothing is taken, nothing starts, and no layer hears
//! a verdict against what it protects.

mod stack;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use seawall_core::{
    Backend, Driver, Dynamic, Error, Guarded, Refusal, RefusalKind, Tick, Topic, Verdict,
};
use seawall_testkit::{Answer, ManualClock, Scripted};

use stack::Stack;

const MS: Duration = Duration::from_millis(1);

/// Runs a call in each way that there is; each operation sets its flag. Returns the refusals.
fn in_every_way<'p, F>(time: &ManualClock, call: F, ran: &Cell<bool>) -> Vec<Option<Refusal>>
where
    F: Fn() -> Guarded<'p, (&'p Scripted, &'p Scripted)>,
{
    let op = async || {
        ran.set(true);
        Ok::<(), Infallible>(())
    };
    let refused = |result: Result<(), Error<Infallible>>| match result {
        Err(Error::Refused(refusal)) => Some(refusal),
        _ => None,
    };
    vec![
        refused(time.block_on(call().run(op))),
        refused(time.block_on(call().run_nested(async || {
            ran.set(true);
            Ok::<(), Error<Infallible>>(())
        }))),
        refused(call().run_blocking(|| {
            ran.set(true);
            Ok(())
        })),
        time.block_on(call().acquire()).err(),
        call().acquire_blocking().err(),
        time.block_on(call().reserve()).err(),
        call().reserve_blocking().err(),
    ]
}

#[test]
fn a_call_without_time_is_refused_before_any_layer_is_asked() {
    let stack = Stack::new();
    let layers = (&stack.limiter, &stack.breaker);
    let quiet = Driver::new().with_clock(stack.time.clock());
    for driver in [&stack.driver, &quiet] {
        let ran = Cell::new(false);
        let call = || driver.protect(&layers).deadline(Duration::ZERO);
        for (way, refusal) in in_every_way(&stack.time, call, &ran).into_iter().enumerate() {
            let refusal = refusal.unwrap_or_else(|| panic!("way {way} is refused"));
            assert_eq!(refusal.kind(), RefusalKind::Deadline, "way {way}");
            assert_eq!(refusal.retry_after(), None, "waiting does not help");
        }
        assert!(!ran.get(), "nothing ran");
    }
    for layer in [&stack.limiter, &stack.breaker] {
        assert_eq!(layer.counts().admitted, 0, "{layer:?}");
    }
    assert_eq!(stack.recorder.count(Topic::BreakerRejected), 7, "observers hear of each");
}

#[test]
fn an_operation_without_time_is_refused_before_any_layer_is_asked() {
    let stack = Stack::new();
    let layers = (&stack.limiter, &stack.bulkhead, &stack.breaker);
    let call = || stack.driver.protect(&layers).timeout(Duration::ZERO);
    let asynchronous = stack.time.block_on(call().run(async || Ok::<(), Infallible>(())));
    let blocking = call().run_blocking(|| Ok::<(), Infallible>(()));
    for result in [asynchronous, blocking] {
        let error = result.expect_err("no time");
        assert_eq!(error.refusal().map(Refusal::kind), Some(RefusalKind::Deadline));
    }
    assert_eq!((stack.limiter.counts().admitted, stack.breaker.counts().admitted), (0, 0));
}

#[test]
fn a_deadline_that_passes_in_any_kind_of_wait_refuses_and_asks_no_further_layer() {
    for answer in [Answer::GoAfter(5 * MS), Answer::AskAfter(5 * MS), Answer::Later(1)] {
        let stack = Stack::new();
        let layers = (&stack.limiter, &stack.breaker);
        let ran = Cell::new(false);
        let call = || {
            stack.limiter.then(answer.clone());
            stack.driver.protect(&layers).deadline(10 * MS)
        };
        let run = late(&stack.time, async || {
            let call = call().run(async || {
                ran.set(true);
                Ok::<(), Infallible>(())
            });
            call.await.expect_err("too late").refusal().expect("never ran").clone()
        });
        let acquire = late(&stack.time, async || call().acquire().await.expect_err("too late"));
        let reserve = late(&stack.time, async || call().reserve().await.expect_err("too late"));
        for refusal in [run, acquire, reserve] {
            assert_eq!(refusal.kind(), RefusalKind::Deadline, "{answer:?}");
            assert_eq!(refusal.by().name().as_str(), "limiter", "the layer that made it wait");
        }
        assert!(!ran.get());
        let counts = stack.limiter.counts();
        assert_eq!((counts.ended(Verdict::Unused), counts.in_flight()), (counts.admitted, 0));
        assert_eq!(stack.breaker.counts().admitted, 0, "it was not asked");
    }
}

/// Polls a call, lets more time pass than it has, and polls it again until it ends.
fn late<T>(time: &ManualClock, call: impl AsyncFnOnce() -> T) -> T {
    let mut call = pin!(call());
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    time.advance(20 * MS);
    time.block_on(call)
}

#[test]
fn a_wait_until_exactly_the_deadline_is_refused_without_waiting() {
    for answer in [Answer::GoAfter(10 * MS), Answer::AskAfter(10 * MS)] {
        let stack = Stack::new();
        stack.limiter.then(answer);
        let call = stack.driver.protect(&stack.limiter).deadline(10 * MS);
        let refusal = stack.time.block_on(call.acquire()).expect_err("no time is left then");
        assert_eq!(refusal.kind(), RefusalKind::Deadline);
        assert_eq!((stack.time.now(), refusal.retry_after()), (Tick::ZERO, Some(10 * MS)));
    }
}

#[test]
fn time_that_a_layer_took_to_answer_is_no_time_of_the_operation() {
    let stack = Stack::new();
    let slow = SlowToAnswer(&stack);
    for blocking in [false, true] {
        let call = stack.driver.protect(&slow).deadline(5 * MS);
        let result = if blocking {
            call.run_blocking(|| Ok::<(), Infallible>(()))
        } else {
            stack.time.block_on(call.run(async || Ok::<(), Infallible>(())))
        };
        let error = result.expect_err("the deadline passed as the layer was asked");
        assert_eq!(error.refusal().map(Refusal::kind), Some(RefusalKind::Deadline));
    }
    assert_eq!(stack.breaker.counts().ended(Verdict::Unused), 2);
    assert_eq!(stack.recorder.count(Topic::BreakerExecuted), 0);
    assert_eq!(stack.recorder.count(Topic::BreakerRejected), 2);
}

/// Asks the breaker of a stack, and takes 10 ms for that.
struct SlowToAnswer<'s>(&'s Stack);

impl Backend for SlowToAnswer<'_> {
    fn layer(&self) -> &seawall_core::Layer {
        self.0.breaker.layer()
    }

    fn enter(&self, call: &seawall_core::Call<'_>) -> seawall_core::Entry {
        self.0.time.advance(10 * MS);
        self.0.breaker.enter(call)
    }

    fn exit(&self, token: seawall_core::Token, exit: &seawall_core::Exit<'_>) {
        self.0.breaker.exit(token, exit);
    }

    fn status(&self, now: Tick) -> seawall_core::Status {
        self.0.breaker.status(now)
    }
}

#[test]
fn a_protection_says_that_it_refused_a_call_without_time() {
    let stack = Stack::new();
    let nothing = Dynamic::new("charge_card", vec![]).expect("valid");
    let call = stack.driver.protect(&nothing).deadline(Duration::ZERO);
    let error = call.run_blocking(|| Ok::<(), Infallible>(())).expect_err("no time");
    assert_eq!(
        error.to_string(),
        "the deadline passed before protection `charge_card` admitted the call"
    );
    assert_eq!(stack.recorder.names(), ["protection.call_rejected"]);
}
