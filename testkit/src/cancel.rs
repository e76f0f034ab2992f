//! Cancellation: drops a future at each of its awaits in turn.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::ManualClock;
use crate::clock::Woken;

/// Creates a future again and again, and drops it at its first await, at its second, and so on,
/// until one runs to its end. After each, `check` is called with the number of awaits that
/// completed. While the future waits for time, `time` jumps ahead.
///
/// Returns the number of awaits at which it was dropped.
///
/// # Panics
/// If the future waits for something other than time that never happens.
pub fn at_every_await<F: Future>(
    time: &ManualClock,
    mut make: impl FnMut() -> F,
    mut check: impl FnMut(usize),
) -> usize {
    for awaits in 0.. {
        let done = run_and_drop(time, make(), awaits);
        check(awaits);
        if done {
            return awaits;
        }
    }
    unreachable!("BUG: more awaits than numbers")
}

/// Polls `future` through `awaits` awaits, then drops it. Returns true if it completed before.
fn run_and_drop<F: Future>(time: &ManualClock, future: F, awaits: usize) -> bool {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    for left in (0..=awaits).rev() {
        woken.take();
        if let Poll::Ready(_output) = future.as_mut().poll(&mut cx) {
            return true;
        }
        if left > 0 && !woken.take() {
            assert!(time.advance_to_next(), "the future waits for something other than time");
        }
    }
    false
}
