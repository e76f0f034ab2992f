//! A panic counts against the call that panicked, and against no call that was merely in flight.

mod stack;

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Waker};

use seawall_core::{Topic, Verdict};

use stack::Stack;

fn is_waiting<F: Future>(future: std::pin::Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[test]
fn a_panic_elsewhere_in_the_task_abandons_the_calls_it_drops() {
    let stack = Stack::new();
    let layers = (&stack.limiter, &stack.bulkhead, &stack.breaker);
    let never = std::future::pending::<Result<(), Infallible>>;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let mut call = pin!(stack.driver.protect(&layers).run(never));
        assert!(is_waiting(call.as_mut()));
        let _permit = stack.time.block_on(stack.driver.protect(&stack.breaker).acquire());
        panic!("another branch of the task");
    }));
    assert!(caught.is_err());
    let stats = stack.breaker.counts();
    assert_eq!((stats.ended(Verdict::Abandoned), stats.ended(Verdict::Panicked)), (2, 0));
    assert_eq!(stack.recorder.count(Topic::BulkheadExecuted), 1);
}

#[test]
fn a_panic_that_began_before_a_call_is_not_the_calls() {
    struct Cleanup<'s>(&'s Stack);
    impl Drop for Cleanup<'_> {
        fn drop(&mut self) {
            let protect = || self.0.driver.protect(&self.0.breaker);
            let never = std::future::pending::<Result<(), Infallible>>;
            assert!(is_waiting(pin!(protect().run(never))));
            drop(protect().acquire_blocking());
            let inner = catch_unwind(AssertUnwindSafe(|| {
                protect().run_blocking(|| -> Result<(), Infallible> { panic!("the operation") })
            }));
            assert!(inner.is_err());
        }
    }
    let stack = Stack::new();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _cleanup = Cleanup(&stack);
        panic!("before");
    }));
    assert!(caught.is_err());
    let stats = stack.breaker.counts();
    assert_eq!((stats.ended(Verdict::Abandoned), stats.ended(Verdict::Panicked)), (2, 1));
}
