use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::ending::Ending;
use super::limit::Limit;
use crate::{Class, Clock, Verdict};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

thread_local! {
    /// Made once a thread, so that a wait which turns out to be none allocates nothing.
    static WAKER: Waker = unparker();
}

fn unparker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// The blocking shell: the same steps, with the thread parked where a task would be.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    // A thread that is about to end has none any more.
    let waker = WAKER.try_with(Waker::clone).unwrap_or_else(|_| unparker());
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Runs `op` and tells `ending` how it ended. A panic drops `ending`, which
/// sees that by itself.
#[inline(always)]
pub(crate) fn drive<R>(
    ending: impl Ending,
    clock: &Clock,
    limit: Option<Limit>,
    classify: impl FnOnce(&R) -> Class,
    op: impl FnOnce() -> R,
) -> R {
    let output = op();
    let class = classify(&output);
    if limit.is_some_and(|limit| clock.now() > limit.until) {
        ending.end(Verdict::Failure.into(), true);
    } else {
        ending.end(class, false);
    }
    output
}
