use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use seawall_core::pool::ManageBlocking;

use super::Workers;
use super::call::Call;

/// A resource of a [`Blocking`](super::Blocking) manager. When it is dropped, it is closed on a
/// thread that may block.
///
/// On your own thread, use it directly: it derefs to the resource. In a task, use
/// [`run`](Threaded::run), which runs on a thread that may block; an executor's thread that blocks
/// runs no other task.
pub struct Threaded<M: ManageBlocking> {
    /// `None` while a thread works on it.
    resource: Option<M::Resource>,
    workers: Arc<Workers<M>>,
}

impl<M: ManageBlocking> Threaded<M> {
    pub(super) fn new(resource: M::Resource, workers: Arc<Workers<M>>) -> Self {
        Self { resource: Some(resource), workers }
    }

    /// Runs `work` with the resource on one of the threads that its manager may block.
    ///
    /// If the future is dropped, `work` is interrupted if the manager supports that
    /// ([`ManageBlocking::interrupt`]). It runs to its end, then the resource is closed. This
    /// handle then has no resource any more, and the pool treats it as broken.
    ///
    /// # Panics
    /// If `work` panics; the resource is then closed. Also if an earlier `run` was dropped before
    /// it ended.
    pub async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut M::Resource) -> T + Send + 'static,
    ) -> T {
        let interrupt = self.workers.manager.interrupt(self);
        let mut taken = self.take();
        let call = Call::start(&self.workers.threads, move || {
            let given = work(&mut taken);
            (taken, given)
        });
        let (taken, given) = call.interrupted_by(interrupt).await;
        *self = taken;
        given
    }

    /// Takes the resource, for a thread.
    pub(super) fn take(&mut self) -> Self {
        Self { resource: self.resource.take(), workers: Arc::clone(&self.workers) }
    }

    /// Returns true if a thread has the resource, or has kept it.
    pub(super) fn is_away(&self) -> bool {
        self.resource.is_none()
    }
}

const AWAY: &str = "the resource is gone: an earlier `run` was dropped before it ended";

impl<M: ManageBlocking> Deref for Threaded<M> {
    type Target = M::Resource;

    fn deref(&self) -> &M::Resource {
        self.resource.as_ref().expect(AWAY)
    }
}

impl<M: ManageBlocking> DerefMut for Threaded<M> {
    fn deref_mut(&mut self) -> &mut M::Resource {
        self.resource.as_mut().expect(AWAY)
    }
}

impl<M: ManageBlocking> Drop for Threaded<M> {
    fn drop(&mut self) {
        if self.resource.is_some() {
            let moved = Moved::out_of(self);
            self.workers.threads.run(Box::new(move || drop(moved)));
        }
    }
}

impl<M: ManageBlocking> fmt::Debug for Threaded<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Threaded")
    }
}

/// A resource that is closed on the thread where this is dropped.
pub(super) struct Moved<M: ManageBlocking> {
    resource: Option<M::Resource>,
    workers: Arc<Workers<M>>,
}

impl<M: ManageBlocking> Moved<M> {
    pub(super) fn out_of(threaded: &mut Threaded<M>) -> Self {
        Self { resource: threaded.resource.take(), workers: Arc::clone(&threaded.workers) }
    }
}

impl<M: ManageBlocking> Drop for Moved<M> {
    fn drop(&mut self) {
        if let Some(resource) = self.resource.take() {
            self.workers.manager.close(resource);
        }
    }
}
