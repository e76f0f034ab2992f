use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use seawall_core::pool::Interrupt;

use super::thread_pool::quietly;
use super::threads::Threads;

/// Work that a thread does. Completes with its result; a panic continues where this is polled. If this
/// is dropped, the work is interrupted if it can be; the thread works on and drops the result.
#[must_use = "this discards the result"]
pub(super) struct Call<T> {
    answer: Arc<Mutex<Answer<T>>>,
    /// Kept while the answer is wanted.
    interrupt: Option<Interrupt>,
}

struct Answer<T> {
    given: Option<Result<T, Panic>>,
    waker: Option<Waker>,
    is_wanted: bool,
}

type Panic = Box<dyn Any + Send>;

impl<T: Send + 'static> Call<T> {
    pub(super) fn start(threads: &Threads, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let answer = Answer { given: None, waker: None, is_wanted: true };
        let answer = Arc::new(Mutex::new(answer));
        let answers = Arc::clone(&answer);
        threads.run(Box::new(move || {
            let given = catch_unwind(AssertUnwindSafe(work));
            // Outside the lock: dropping what is not wanted may block.
            let unwanted = give(&answers, given);
            drop(unwanted);
        }));
        Self { answer, interrupt: None }
    }

    /// Adds a way to end the work when its caller has gone away.
    pub(super) fn interrupted_by(mut self, interrupt: Option<Interrupt>) -> Self {
        self.interrupt = interrupt;
        self
    }
}

/// Gives the answer to its caller; returns it if the caller has gone away.
fn give<T>(answer: &Mutex<Answer<T>>, given: Result<T, Panic>) -> Option<Result<T, Panic>> {
    let mut answer = lock(answer);
    if !answer.is_wanted {
        return Some(given);
    }
    answer.given = Some(given);
    let waker = answer.waker.take();
    drop(answer);
    if let Some(waker) = waker {
        waker.wake();
    }
    None
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
        let mut answer = lock(&self.answer);
        answer.is_wanted = false;
        let came_too_late = answer.given.take();
        if let (None, Some(interrupt)) = (&came_too_late, self.interrupt.take()) {
            // Under the lock, so that the resource is not being closed meanwhile.
            quietly(interrupt);
        }
        drop(answer);
        drop(came_too_late);
    }
}

fn lock<T>(answer: &Mutex<Answer<T>>) -> MutexGuard<'_, Answer<T>> {
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}
