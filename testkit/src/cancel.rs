//! Cancellation: a future dropped where it waits, at each place in turn.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::ManualClock;
use crate::clock::Woken;

/// Makes a future over and over, and drops it at its first await, at its second, and so on, until
/// one is allowed to run to its end; `check` is called after each with the number of awaits that it
/// got through. Whenever the future waits for time, `time` jumps there.
///
/// Returns in how many places it was dropped.
///
/// # Panics
/// If the future waits for something that is not time and that nobody brings about.
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
    unreachable!("a future has fewer awaits than there are numbers")
}

/// Polls `future` until it has let go for the time after `awaits`, then drops it. Did it complete
/// before?
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
            assert!(time.advance_to_next(), "the future waits, and nobody will wake it");
        }
    }
    false
}
