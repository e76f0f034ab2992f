use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::thread_pool::{ThreadPool, quietly};
use crate::pool::Interrupt;

/// Work that a thread does. Completes with its result; a panic continues where this is polled. If this
/// is dropped, the work is interrupted if it can be; the thread works on and drops the result.
#[must_use = "this discards the result"]
pub(super) struct Call<T> {
    answer: Arc<Mutex<Answer<T>>>,
    /// Kept while the answer is wanted.
    interrupt: Option<Interrupt>,
}

struct Answer<T> {
    given: Option<Result<T, Box<dyn Any + Send>>>,
    waker: Option<Waker>,
}

impl<T: Send + 'static> Call<T> {
    /// Starts `work`, which `interrupt` ends when its caller has gone away.
    pub(super) fn start(
        threads: &Arc<ThreadPool>,
        interrupt: Option<Interrupt>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Self {
        let answer = Arc::new(Mutex::new(Answer { given: None, waker: None }));
        let wanted = Arc::downgrade(&answer);
        threads.run(Box::new(move || {
            let given = catch_unwind(AssertUnwindSafe(work));
            // Dropping what is not wanted may block, so it happens here, outside the lock.
            let Some(answer) = wanted.upgrade() else { return };
            let waker = {
                let mut answer = lock(&answer);
                answer.given = Some(given);
                answer.waker.take()
            };
            waker.into_iter().for_each(Waker::wake);
        }));
        Self { answer, interrupt }
    }
}

impl<T> Future for Call<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let call = self.get_mut();
        let mut answer = lock(&call.answer);
        let Some(given) = answer.given.take() else {
            answer.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        drop(answer);
        // The resource belongs to the caller from now on.
        call.interrupt = None;
        Poll::Ready(given.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        let answer = lock(&self.answer);
        if let (None, Some(interrupt)) = (&answer.given, self.interrupt.take()) {
            // Under the lock, so that the resource is not being closed meanwhile.
            quietly(interrupt);
        }
    }
}

fn lock<T>(answer: &Mutex<Answer<T>>) -> MutexGuard<'_, Answer<T>> {
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}
