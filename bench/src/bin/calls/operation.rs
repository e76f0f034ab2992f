//! What is called: an operation that succeeds, at once or after suspending once.

use std::future::{Future, poll_fn};
use std::task::Poll;

/// The operation's error, which never occurs.
#[derive(Debug)]
pub struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

impl std::error::Error for Failed {}

pub trait Operation: Send + Sync + 'static {
    fn run() -> impl Future<Output = Result<u64, Failed>> + Send;
}

/// Completes at the first poll.
pub struct Ready;

impl Operation for Ready {
    async fn run() -> Result<u64, Failed> {
        std::hint::black_box(Ok(42))
    }
}

/// Suspends once, with its task woken at once.
pub struct Suspends;

impl Operation for Suspends {
    async fn run() -> Result<u64, Failed> {
        let mut suspended = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut suspended, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        std::hint::black_box(Ok(42))
    }
}
