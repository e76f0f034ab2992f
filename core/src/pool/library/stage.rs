use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::pool::Stage;

thread_local! {
    /// The stage that the checkout polled on this thread has reported.
    static REPORTED: Cell<Option<Stage>> = const { Cell::new(None) };
}

pin_project! {
    /// The future of [`in_stage`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InStage<F> {
        stage: Stage,
        #[pin]
        work: F,
    }
}

/// Runs `work`, and reports `stage` for the checkout that polls it while it has to wait.
pub const fn in_stage<F: Future>(stage: Stage, work: F) -> InStage<F> {
    InStage { stage, work }
}

impl<F: Future> Future for InStage<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        forget();
        let polled = this.work.poll(cx);
        // Unless an inner stage has reported itself.
        if polled.is_pending() && reported().is_none() {
            report(*this.stage);
        }
        polled
    }
}

/// Reports `stage` for the checkout that polls this, after its work has had to wait.
pub(super) fn report(stage: Stage) {
    REPORTED.set(Some(stage));
}

/// Forgets what was reported, before a checkout is polled.
#[inline]
pub(super) fn forget() {
    REPORTED.set(None);
}

/// Returns the stage that was reported since the last [`forget`].
pub(super) fn reported() -> Option<Stage> {
    REPORTED.get()
}
