use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::threads::Threads;

/// Work that a thread does. Completes with what comes of it; a panic goes on where this is polled.
/// If this is dropped, the thread works on, and what comes of it is dropped there.
#[must_use = "its result is dropped"]
pub(super) struct Call<T>(Arc<Mutex<Answer<T>>>);

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
            // Out of the lock: what is not wanted is dropped by closing it, which may block.
            let unwanted = give(&answers, given);
            drop(unwanted);
        }));
        Self(answer)
    }
}

/// Gives the answer to who asked, or back if he has gone.
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
        let mut answer = lock(&self.0);
        match answer.given.take() {
            Some(Ok(given)) => Poll::Ready(given),
            Some(Err(panic)) => {
                drop(answer);
                resume_unwind(panic)
            }
            None => {
                answer.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        let mut answer = lock(&self.0);
        answer.is_wanted = false;
        let came_too_late = answer.given.take();
        drop(answer);
        drop(came_too_late);
    }
}

fn lock<T>(answer: &Mutex<Answer<T>>) -> MutexGuard<'_, Answer<T>> {
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}
