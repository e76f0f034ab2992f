use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::ending::{Ending, PanicMark};
use super::limit::Limit;
use crate::{Class, Clock, Verdict};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

thread_local! {
    /// One waker per thread, so that a future that is ready at once allocates nothing.
    static WAKER: Waker = unparker();
}

fn unparker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// Runs `future` to its end on this thread, which is parked while the future waits.
///
/// # Panics
/// If the future has to wait and `clock`, if there is one, stands still while this thread is blocked.
pub(crate) fn block_on<F: Future>(clock: Option<&Clock>, future: F) -> F::Output {
    // The thread-local is gone while a thread ends.
    let waker = WAKER.try_with(Waker::clone).unwrap_or_else(|_| unparker());
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => {
                assert!(
                    !clock.is_some_and(Clock::stops_with_this_thread),
                    "a blocking call has to wait on the thread that drives its clock, and would \
                     wait for ever; use the async call, or run it on another thread \
                     (`spawn_blocking`)"
                );
                thread::park();
            }
        }
    }
}

/// Runs `op` and tells `ending` how it ended.
#[inline(always)]
pub(crate) fn drive<R>(
    mut ending: impl Ending,
    clock: &Clock,
    limit: Option<Limit>,
    classify: impl FnOnce(&R) -> Class,
    op: impl FnOnce() -> R,
) -> R {
    let mark = PanicMark::set(ending.panicked());
    let output = op();
    let class = classify(&output);
    mark.clear();
    if limit.is_some_and(|limit| clock.now() > limit.until) {
        ending.end(Verdict::Failure.into(), true);
    } else {
        ending.end(class, false);
    }
    output
}
