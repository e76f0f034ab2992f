use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use seawall_core::pool::{Drained, Manage};
use seawall_core::{Clock, Deadline};

use crate::job::Job;
use crate::shared::Shared;

impl<M: Manage> Shared<M> {
    /// Closes the pool, waits for what is lent, and closes all of it gracefully, within `patience`.
    pub(crate) async fn drain(&self, clock: &Clock, patience: Duration) -> Drained {
        let deadline = Deadline::new(clock, clock.now() + patience);
        let mut drain = Drain::begin(self, clock);
        let mut listener = self.closing.listen();
        let ended = poll_fn(|cx| {
            loop {
                if drain.is_complete(cx) {
                    return Poll::Ready(());
                }
                if listener.poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        });
        let is_complete = deadline.cut(ended).await.is_some();
        drop(drain);
        let left = if is_complete { 0 } else { self.lock().used() };
        Drained::new(left)
    }
}

/// A drain that is under way. When it stops, what it was closing is dropped.
struct Drain<'s, M: Manage> {
    shared: &'s Shared<M>,
    clock: &'s Clock,
    jobs: Vec<Job<M>>,
}

impl<'s, M: Manage> Drain<'s, M> {
    fn begin(shared: &'s Shared<M>, clock: &'s Clock) -> Self {
        shared.lock().draining += 1;
        shared.close(clock);
        Self { shared, clock, jobs: Vec::new() }
    }

    /// Continues to close resources; returns true if all are closed.
    fn is_complete(&mut self, cx: &mut std::task::Context<'_>) -> bool {
        self.jobs.extend(self.shared.lock().parked.drain(..));
        self.shared.poll_jobs(&mut self.jobs, cx, self.clock, drop);
        self.shared.lock().used() == 0
    }
}

impl<M: Manage> Drop for Drain<'_, M> {
    fn drop(&mut self) {
        self.shared.change(self.clock, |state, effects| {
            state.draining -= 1;
            self.jobs.drain(..).for_each(|job| effects.drop_job(job));
            state.close_all(effects);
        });
    }
}
