use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use seawall_core::pool::{Drained, Manage};
use seawall_core::{Clock, Deadline};

use crate::rack::Rack;
use crate::reason::Reason;
use crate::shared::Shared;

impl<M: Manage, K: Rack<Resource = M::Resource>> Shared<M, K> {
    /// Closes the pool, waits for what is lent, and closes all of it well; for `patience` at most.
    pub(crate) async fn drain(&self, clock: &Clock, patience: Duration) -> Drained {
        let deadline = Deadline::new(clock, clock.now() + patience);
        let draining = Draining::begin(self);
        self.gate.close();
        self.bell.ring();
        let all_back = deadline.cut(self.close_all_well(clock)).await.is_some();
        drop(draining);
        Drained::new(if all_back { 0 } else { self.gate.taken() })
    }

    async fn close_all_well(&self, clock: &Clock) {
        loop {
            let news = self.gate.news();
            let closes = self.remove(|_| true).into_iter().map(|mut slot| {
                slot.borrow(Reason::ShutDown);
                Box::pin(async move { self.close_well(&mut slot, Reason::ShutDown, clock).await })
            });
            all(closes.collect()).await;
            if self.gate.taken() == 0 {
                return;
            }
            news.await;
        }
    }
}

/// Someone drains the pool. What is idle when he stops is closed as in any closed pool.
struct Draining<'s, M: Manage, K: Rack<Resource = M::Resource>>(&'s Shared<M, K>);

impl<'s, M: Manage, K: Rack<Resource = M::Resource>> Draining<'s, M, K> {
    fn begin(shared: &'s Shared<M, K>) -> Self {
        shared.draining.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl<M: Manage, K: Rack<Resource = M::Resource>> Drop for Draining<'_, M, K> {
    fn drop(&mut self) {
        self.0.draining.fetch_sub(1, Ordering::SeqCst);
        self.0.clear_closed();
    }
}

/// All of `work`, at the same time.
async fn all<F: Future<Output = ()>>(mut work: Vec<Pin<Box<F>>>) {
    poll_fn(|cx| {
        work.retain_mut(|one| one.as_mut().poll(cx).is_pending());
        if work.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
