use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

use crate::ConfigSource;
use crate::config::Content;

/// What a reading thread leaves, and the task that waits for it.
#[derive(Default)]
struct Reading {
    result: Option<thread::Result<Content>>,
    waker: Option<Waker>,
}

/// Reads all sources on a thread of its own; `in_place`, or if no thread can be started, on this one.
///
/// A thread ends with its reading. If that hangs, only this future waits for it.
///
/// # Panics
/// If a source does.
pub(super) async fn gather(source: &ConfigSource, in_place: bool) -> Content {
    if in_place {
        return source.gather();
    }
    let reading = Arc::new(Mutex::new(Reading::default()));
    let (theirs, sources) = (Arc::clone(&reading), source.clone());
    let body = move || {
        let result = catch_unwind(AssertUnwindSafe(|| sources.gather()));
        let waker = {
            let mut reading = theirs.lock().unwrap_or_else(PoisonError::into_inner);
            reading.result = Some(result);
            reading.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    };
    if thread::Builder::new().name("seawall-watch".to_owned()).spawn(body).is_err() {
        return source.gather();
    }
    let result = poll_fn(|cx| {
        let mut reading = reading.lock().unwrap_or_else(PoisonError::into_inner);
        match reading.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                reading.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    });
    result.await.unwrap_or_else(|panic| resume_unwind(panic))
}
