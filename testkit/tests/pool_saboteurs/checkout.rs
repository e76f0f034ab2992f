//! A checkout from the good pool, which the flaw may corrupt.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use seawall_core::pool::{Pool as Spi, Terms};
use seawall_core::{BoxFuture, Clock, Deadline, Refusal, Tick};
use seawall_pool::Checkout as Item;

use super::flawed::{Flawed, Inner};
use super::manager::{Manager, PROGRESS, Progress};

pub(super) type Answer = Result<Item<Manager>, Refusal>;

/// A checkout and its progress. Waiters may swap theirs.
pub(super) struct Work {
    future: BoxFuture<'static, Answer>,
    progress: Progress,
}

pub(super) type Slot = Arc<Mutex<Option<Work>>>;

/// The request of a checkout.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) clock: Clock,
    pub(super) begin: Tick,
    pub(super) until: Tick,
    pub(super) may_wait: bool,
    /// True if the pool was closed before the checkout.
    pub(super) was_closed: bool,
}

pub(super) struct Checkout<'f> {
    flawed: &'f Flawed,
    slot: Slot,
    waits: bool,
    has_ended: bool,
}

impl<'f> Checkout<'f> {
    pub(super) fn new(flawed: &'f Flawed, pool: Inner, ask: &Ask) -> Self {
        let Ask { clock, until, may_wait, .. } = ask.clone();
        let future = Box::pin(async move {
            let terms = Terms::by(Deadline::new(&clock, until));
            Spi::checkout(&pool, if may_wait { terms } else { terms.without_waiting() }).await
        });
        let work = Work { future, progress: Progress::default() };
        let slot = Arc::new(Mutex::new(Some(work)));
        Self { flawed, slot, waits: false, has_ended: false }
    }

    fn take(&self) -> Option<Work> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Future for Checkout<'_> {
    type Output = (Answer, Progress);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.flawed.settle();
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let work = slot.as_mut().expect("it has not ended");
        PROGRESS.set(work.progress);
        let mut deaf = Context::from_waker(Waker::noop());
        let polled = work.future.as_mut().poll(if self.flawed.is_deaf() { &mut deaf } else { cx });
        work.progress = PROGRESS.get();
        let progress = work.progress;
        drop(slot);
        if polled.is_ready() {
            self.has_ended = true;
        } else if !self.waits {
            self.waits = true;
            self.flawed.waits(&self.slot);
        }
        polled.map(|answer| (answer, progress))
    }
}

impl Drop for Checkout<'_> {
    fn drop(&mut self) {
        let Some(work) = self.take() else { return };
        if self.has_ended {
            return;
        }
        if thread::panicking() {
            drop(work);
            self.flawed.panicked(PROGRESS.get());
        } else if self.flawed.forgets(work.progress) {
            std::mem::forget(work);
        }
    }
}
