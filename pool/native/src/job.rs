use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use seawall_core::pool::{CloseReason, Manage};
use seawall_core::{Clock, Deadline, Tick};

use crate::connect_guard::{ConnectGuard, Failure};
use crate::entry::Entry;
use crate::shared::Shared;

/// Work of the pool that takes time: a connect, a reset, or a close. It belongs to the pool and is
/// continued by whichever waiter or background work has it, so nothing that was begun is lost when a
/// caller goes away.
pub(crate) struct Job<M: Manage> {
    pub(crate) kind: JobKind,
    /// The time at which it begins.
    pub(crate) begins_at: Tick,
    /// The time at which its limit passes, if it connects.
    ends_at: Tick,
    work: Box<dyn Work<M>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobKind {
    /// Creates a resource, whose permit it holds.
    Connect,
    /// Resets the resource of this number, which came back.
    Reset(u64),
    /// Closes or cancels the resource of this number, for this reason.
    Close(u64, CloseReason),
}

/// The end of a job.
pub(crate) enum Done<M: Manage> {
    Connected {
        resource: M::Resource,
        begun: Tick,
    },
    NotConnected(Failure<M::Error>),
    /// Has the error of a failed reset; `None` within if it was cut.
    Reset(Box<Entry<M>>, Result<(), Option<Arc<M::Error>>>),
    /// The resource was closed, or its reset panicked.
    Closed,
}

/// A job's future without its type. Its memory can be used again for the same type.
pub(crate) trait Work<M: Manage>: Any + Send {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Done<M>>;

    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// The memory of a future, which is empty between two uses.
struct Memory<F>(Pin<Box<Option<F>>>);

impl<M: Manage, F: Future<Output = Done<M>> + Send + 'static> Work<M> for Memory<F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Done<M>> {
        let Some(future) = self.0.as_mut().as_pin_mut() else { return Poll::Pending };
        let done = future.poll(cx);
        if done.is_ready() {
            self.0.set(None);
        }
        done
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// Puts `future` into the memory of an earlier one of the same type, or else into new memory.
fn place<M: Manage, F>(spare: Option<Box<dyn Work<M>>>, future: F) -> Box<dyn Work<M>>
where
    F: Future<Output = Done<M>> + Send + 'static,
{
    let known = spare.and_then(|spare| spare.into_any().downcast::<Memory<F>>().ok());
    match known {
        Some(mut memory) => {
            memory.0.set(Some(future));
            memory
        }
        None => Box::new(Memory(Box::pin(Some(future)))),
    }
}

impl<M: Manage> Job<M> {
    /// Connects, not before `begins_at`, within `timeout`.
    pub(crate) fn connect(
        manager: &Arc<M>,
        clock: &Clock,
        begins_at: Tick,
        timeout: Duration,
        guard: ConnectGuard,
    ) -> Self {
        let (manager, clock) = (Arc::clone(manager), clock.clone());
        let work = async move {
            let mut begun = clock.now();
            if begins_at > begun {
                clock.sleep_until(begins_at).await;
                begun = clock.now();
            }
            let limit = Deadline::new(&clock, begun + timeout);
            match guard.admit(limit.cut(async { manager.create().await })).await {
                Ok(resource) => Done::Connected { resource, begun },
                Err(failure) => Done::NotConnected(failure),
            }
        };
        let ends_at = begins_at + timeout;
        Self { kind: JobKind::Connect, begins_at, ends_at, work: place(None, work) }
    }

    /// Resets a resource that came back, within `timeout`.
    pub(crate) fn reset(
        manager: &Arc<M>,
        clock: &Clock,
        mut entry: Box<Entry<M>>,
        timeout: Duration,
    ) -> Self {
        let (manager, clock) = (Arc::clone(manager), clock.clone());
        let (spare, kind) = (entry.spare.take(), JobKind::Reset(entry.id));
        let work = async move {
            let reset = limited(&clock, timeout, manager.reset(&mut entry.resource)).await;
            let reset = reset.ok_or(None).and_then(|reset| reset.map_err(|e| Some(Arc::new(e))));
            Done::Reset(entry, reset)
        };
        Self { kind, begins_at: Tick::ZERO, ends_at: Tick::MAX, work: place(spare, work) }
    }

    /// Closes a resource within `close_timeout`: gracefully, or by cancelling what it may be doing.
    pub(crate) fn close(
        pool: &Shared<M>,
        clock: &Clock,
        entry: Box<Entry<M>>,
        reason: CloseReason,
    ) -> Self {
        let (manager, clock) = (Arc::clone(&pool.manager), clock.clone());
        let (timeout, kind) = (pool.lock().options.close_timeout, JobKind::Close(entry.id, reason));
        let work = async move {
            let resource = entry.resource;
            if reason.is_graceful() {
                limited(&clock, timeout, manager.close(resource)).await;
            } else {
                limited(&clock, timeout, manager.cancel(resource)).await;
            }
            Done::Closed
        };
        Self { kind, begins_at: Tick::ZERO, ends_at: Tick::MAX, work: place(None, work) }
    }

    /// Returns true if it is a connect that was not continued before its limit passed: it could only fail.
    pub(crate) fn is_stale(&self, now: Tick) -> bool {
        self.ends_at <= now
    }

    /// Continues the job. A panic is its end.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Done<M>> {
        catch_unwind(AssertUnwindSafe(|| self.work.poll(cx))).unwrap_or_else(|panic| {
            Poll::Ready(match self.kind {
                JobKind::Connect => Done::NotConnected(Failure::Panicked(panic)),
                JobKind::Reset(_) | JobKind::Close(..) => Done::Closed,
            })
        })
    }

    /// Returns the memory of a job that has ended, for the next reset.
    pub(crate) fn into_memory(self) -> Box<dyn Work<M>> {
        self.work
    }
}

/// Returns the output of `work`, or `None` if it takes longer than `timeout`. Reads the clock only if the
/// work has to wait.
async fn limited<F: Future>(clock: &Clock, timeout: Duration, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    match poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await {
        Poll::Ready(output) => Some(output),
        Poll::Pending => Deadline::new(clock, clock.now() + timeout).cut(work).await,
    }
}
