use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use super::shared::Shared;
use super::{Library, SharedError, stage};
use crate::pool::{Listener, Stage, Terms};
use crate::{Clock, Refusal, RefusalKind, Sleep, Tick};

/// A checkout that the library has not answered at once.
pub(super) struct Wait<'s, 'c, L: Library> {
    shared: &'s Shared<L>,
    clock: &'c Clock,
    may_wait: bool,
    /// The number of failed connects when it began.
    failures: u64,
    stage: Stage,
    /// The beginning of the stage.
    since: Tick,
    until: Tick,
    alarm: Sleep,
    closing: Listener<'s>,
}

impl<'s, 'c, L: Library> Wait<'s, 'c, L> {
    pub(super) fn begin(shared: &'s Shared<L>, terms: Terms<'c>) -> Result<Self, Refusal> {
        let stage = current_stage(shared);
        let waits = stage == Stage::Waiting;
        if waits && (!terms.may_wait || shared.is_queue_full()) {
            return Err(shared.refuse_full());
        }
        let (clock, since) = (terms.clock(), terms.since());
        if waits {
            shared.stats.waiting().fetch_add(1, Relaxed);
        }
        let until = terms.deadline().at();
        let (alarm, closing) = (clock.sleep_until(until), shared.stats.wakeup.listen());
        let (may_wait, failures) = (terms.may_wait, shared.stats.failures());
        Ok(Self { shared, clock, may_wait, failures, stage, since, until, alarm, closing })
    }

    /// Returns the refusal once the pool is closed or the deadline has passed. Called after the
    /// library was polled and has not answered.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Refusal> {
        let stage = current_stage(self.shared);
        if stage != self.stage {
            self.move_to(stage);
        }
        self.closing.register(cx);
        if self.shared.is_closed() {
            return Poll::Ready(self.shared.refuse(RefusalKind::ShuttingDown));
        }
        if stage == Stage::Waiting && !self.may_wait {
            return Poll::Ready(self.shared.refuse_full());
        }
        if let Some(failure) = self.background_failure() {
            return Poll::Ready(self.shared.unavailable(failure));
        }
        Pin::new(&mut self.alarm).poll(cx).map(|()| self.too_slow())
    }

    /// Returns why a connect failed that the library made in the background for this checkout, or for
    /// another that waits as well.
    fn background_failure(&self) -> Option<SharedError> {
        let is_in_background = self.stage == Stage::Connecting && stage::reported().is_none();
        if !is_in_background || self.shared.stats.failures() == self.failures {
            return None;
        }
        self.shared.stats.last_failure()
    }

    fn move_to(&mut self, stage: Stage) {
        let now = self.clock.now();
        self.end_stage(now);
        if stage == Stage::Waiting {
            self.shared.stats.waiting().fetch_add(1, Relaxed);
        }
        (self.stage, self.since) = (stage, now);
    }

    fn end_stage(&self, now: Tick) {
        if self.stage == Stage::Waiting {
            self.shared.stats.waiting().fetch_sub(1, Relaxed);
            self.shared.stats.count_wait(now.since(self.since));
        }
    }

    fn too_slow(&self) -> Refusal {
        // A library that connects in the background goes on.
        if stage::reported() == Some(Stage::Connecting) {
            self.shared.stats.connect_cut(None);
        }
        self.shared.too_slow(self.stage, self.until.since(self.since))
    }
}

impl<L: Library> Drop for Wait<'_, '_, L> {
    fn drop(&mut self) {
        if self.stage == Stage::Waiting {
            self.end_stage(self.clock.now());
        }
    }
}

/// Returns the stage that the checkout polled last on this thread is in.
fn current_stage<L: Library>(shared: &Shared<L>) -> Stage {
    stage::reported().unwrap_or_else(|| shared.library.stage())
}
