//! What is measured: a breaker, and calls through it.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Runtime};

pub struct Subject {
    pub name: &'static str,
    /// Starts a breaker; `None` if the subject has nothing of its own to show in that situation.
    pub start: fn(Situation) -> Option<Box<dyn Batch>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    Closed,
    Open,
}

/// Calls through one breaker.
pub trait Batch: Send + Sync {
    /// Makes so many and says how many came through.
    fn run(&self, calls: u64) -> u64;
}

impl<F: Fn() -> bool + Send + Sync> Batch for F {
    fn run(&self, calls: u64) -> u64 {
        (0..calls).map(|_| u64::from(self())).sum()
    }
}

/// Each call is `call`, which says whether it came through.
pub fn each(call: impl Fn() -> bool + Send + Sync + 'static) -> Option<Box<dyn Batch>> {
    Some(Box::new(call))
}

/// The operation: it succeeds, and the compiler does not know.
#[inline(always)]
pub fn work() -> Result<u64, u64> {
    if black_box(true) { Ok(1) } else { Err(2) }
}

/// Polls once what is ready at once.
#[inline]
pub fn poll<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("not ready at once"),
    }
}

/// Runs `future` on this thread's Tokio runtime.
pub fn on_tokio<F: Future>(future: F) -> F::Output {
    thread_local! {
        static RUNTIME: Runtime =
            Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// By this name, a tool knows what to count.
#[inline(never)]
pub fn counted(batch: &dyn Batch, calls: u64) -> u64 {
    black_box(batch.run(calls))
}
