use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;

use crate::pool::Stage;

thread_local! {
    /// The stage that the checkout polled on this thread has reported.
    static REPORTED: Cell<Option<Stage>> = const { Cell::new(None) };
}

/// Runs `work`, and reports `stage` for the checkout that polls it.
pub async fn in_stage<F: Future>(stage: Stage, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|cx| {
        // Before the poll, so that inner stages are reported in its place.
        REPORTED.set(Some(stage));
        work.as_mut().poll(cx)
    })
    .await
}

/// Forgets what was reported, before a checkout is polled.
pub(super) fn forget() {
    REPORTED.set(None);
}

/// Returns the stage that was reported since the last [`forget`].
pub(super) fn reported() -> Option<Stage> {
    REPORTED.get()
}
