use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use seawall_core::{Clock, Entry, Sleep, Tick};

use crate::count::{Count, Outcome};
use crate::shared::Shared;

/// A call that waits for the store, or for tokens.
pub(crate) struct Waiting {
    shared: Arc<Shared>,
    count: Arc<Count>,
    id: u64,
    cost: u32,
    clock: Clock,
    /// When it is decided without the store, by its clock; `None` if it waits for tokens.
    until: Option<Tick>,
    by_deadline: bool,
    sleep: Option<Sleep>,
    is_over: bool,
}

impl Waiting {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        count: Arc<Count>,
        (id, cost): (u64, u32),
        clock: Clock,
        until: Option<Tick>,
        by_deadline: bool,
    ) -> Self {
        let shared = Arc::clone(shared);
        let (sleep, is_over) = (None, false);
        Self { shared, count, id, cost, clock, until, by_deadline, sleep, is_over }
    }

    fn leave(&self) {
        if self.count.leave(self.id, self.clock.now(), &self.shared.link) {
            self.shared.inbox.push(&self.count);
        }
    }

    fn end(&mut self, outcome: Outcome) -> Entry {
        self.is_over = true;
        let now = self.clock.now();
        self.shared.decided(&self.count, outcome, self.cost, now, self.by_deadline)
    }
}

impl Future for Waiting {
    type Output = Entry;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Entry> {
        let this = &mut *self;
        if let Poll::Ready(outcome) = this.count.poll(this.id, this.clock.now(), cx) {
            return Poll::Ready(this.end(outcome));
        }
        let Some(until) = this.until else { return Poll::Pending };
        if this.clock.now() < until {
            let sleep = this.sleep.get_or_insert_with(|| this.clock.sleep_until(until));
            if Pin::new(sleep).poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
        this.leave();
        Poll::Ready(this.end(Outcome::Away))
    }
}

impl Drop for Waiting {
    /// Gives back what was taken for the call, if it was not told.
    fn drop(&mut self) {
        if !self.is_over {
            self.leave();
        }
    }
}
