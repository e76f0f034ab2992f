use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use seawall_core::BoxFuture;

/// Tasks that run on one thread, in the order in which they were woken.
#[derive(Clone, Default)]
pub(super) struct Tasks(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    next: u64,
    /// Those that are not being polled.
    waiting: BTreeMap<u64, Task>,
    ready: VecDeque<u64>,
}

struct Task {
    /// The instance that it belongs to; `None` for the network and the store.
    instance: Option<usize>,
    future: BoxFuture<'static, ()>,
    waker: Waker,
}

struct Ready {
    id: u64,
    tasks: Tasks,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.tasks.inner().ready.push_back(self.id);
    }
}

impl Tasks {
    pub(super) fn spawn(
        &self,
        instance: Option<usize>,
        future: impl Future<Output = ()> + Send + 'static,
    ) {
        let mut inner = self.inner();
        let id = inner.next;
        inner.next += 1;
        let waker = Waker::from(Arc::new(Ready { id, tasks: self.clone() }));
        inner.waiting.insert(id, Task { instance, future: Box::pin(future), waker });
        inner.ready.push_back(id);
    }

    /// Polls tasks until none is ready.
    pub(super) fn run(&self) {
        while let Some((id, mut task)) = self.take_ready() {
            let waker = task.waker.clone();
            if Pin::new(&mut task.future).poll(&mut Context::from_waker(&waker)).is_pending() {
                self.inner().waiting.insert(id, task);
            }
        }
    }

    /// Drops all tasks of `instance`.
    pub(super) fn kill(&self, instance: usize) {
        let mut inner = self.inner();
        let (dead, waiting) = std::mem::take(&mut inner.waiting)
            .into_iter()
            .partition(|(_, task)| task.instance == Some(instance));
        inner.waiting = waiting;
        drop(inner);
        let dead: BTreeMap<_, _> = dead;
        drop(dead);
    }

    /// Drops all tasks, whose wakers keep this alive.
    pub(super) fn clear(&self) {
        let all = std::mem::take(&mut self.inner().waiting);
        drop(all);
    }

    /// Returns the next task that was woken and has not ended.
    fn take_ready(&self) -> Option<(u64, Task)> {
        let mut inner = self.inner();
        loop {
            let id = inner.ready.pop_front()?;
            if let Some(task) = inner.waiting.remove(&id) {
                return Some((id, task));
            }
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
