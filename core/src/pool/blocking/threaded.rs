use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::Workers;
use super::call::Call;
use crate::pool::ManageBlocking;

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
        self.run_with(|_, resource| work(resource)).await
    }

    /// Runs `work` with the manager and the resource, as [`run`](Self::run) does.
    pub(super) async fn run_with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&M, &mut M::Resource) -> T + Send + 'static,
    ) -> T {
        let interrupt = self.workers.manager.interrupt(self);
        let mut taken = Self { resource: self.take(), workers: Arc::clone(&self.workers) };
        let call = Call::start(&self.workers.threads, interrupt, move || {
            let output = work(&taken.workers.manager, taken.resource.as_mut().expect(AWAY));
            (taken, output)
        });
        let (taken, output) = call.await;
        *self = taken;
        output
    }

    /// Takes the resource, unless a thread has it.
    pub(super) fn take(&mut self) -> Option<M::Resource> {
        self.resource.take()
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
        let Some(resource) = self.take() else { return };
        let workers = Arc::clone(&self.workers);
        self.workers.threads.run(Box::new(move || workers.manager.close(resource)));
    }
}

crate::__debug! { impl[M: ManageBlocking] Threaded<M> }
