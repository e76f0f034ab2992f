use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::SharedError;
use super::managed::Managed;
use super::stats::Reason;
use crate::pool::{Manage, TooSlow};
use crate::{Exit, Tick};

/// A resource that a [`Managed`] has connected, as a library keeps it.
pub struct Kept<M: Manage> {
    /// `None` once it has been closed or taken out; the library then drops the rest.
    resource: Option<M::Resource>,
    managed: Arc<Managed<M>>,
    /// True until it was prepared for its first loan.
    pub(super) is_new: bool,
    pub(super) born: Tick,
    pub(super) idle_since: Tick,
    /// The reason to close it, if there is one besides its age.
    pub(super) reason: Option<Reason>,
}

impl<M: Manage> Kept<M> {
    pub(super) fn new(resource: M::Resource, managed: Arc<Managed<M>>, born: Tick) -> Self {
        Self {
            resource: Some(resource),
            managed,
            is_new: true,
            born,
            idle_since: born,
            reason: None,
        }
    }

    /// Returns true if it must not be lent again: it was closed or taken out, or its check was cut.
    #[must_use]
    pub const fn is_spent(&self) -> bool {
        self.resource.is_none() || self.reason.is_some()
    }

    pub(super) fn get(&self) -> &M::Resource {
        self.resource.as_ref().expect(SPENT)
    }

    pub(super) fn get_mut(&mut self) -> &mut M::Resource {
        self.resource.as_mut().expect(SPENT)
    }

    /// Checks and resets it before a loan. Returns false if it must be closed.
    pub(super) async fn renew(&mut self) -> bool {
        let managed = Arc::clone(&self.managed);
        managed.renew(self).await.is_ok()
    }

    /// Notes the end of a use. Returns false if the manager knows that the resource is broken.
    pub(super) fn end_use(&mut self, exit: &Exit<'_>) -> bool {
        self.reason = Some(Reason::Broken);
        // If the manager panics, the resource is dropped here and not left as good.
        let Some(resource) = self.resource.take() else { return false };
        let is_broken = self.managed.manager().is_broken(&resource);
        self.resource = Some(resource);
        if is_broken {
            return false;
        }
        self.reason = None;
        if self.managed.needs_times() {
            self.idle_since = exit.now();
        }
        true
    }

    /// Notes why it must be closed after a check or reset, and returns the error.
    pub(super) fn end_check(&mut self, unfit: Result<SharedError, TooSlow>) -> SharedError {
        match unfit {
            Ok(error) => {
                self.reason = Some(Reason::FailedCheck);
                error
            }
            Err(slow) => Arc::new(slow),
        }
    }

    /// Returns true if it is too old to be lent at `now`.
    pub(super) fn is_too_old(&self, now: Tick) -> bool {
        self.managed.age_of(self, now).is_some()
    }

    /// Closes the resource, whose state is unknown unless the manager said that it is broken.
    pub(super) fn close(&mut self) {
        self.take().into_iter().for_each(drop_quietly);
    }

    /// Takes the resource out; it counts as closed.
    pub(super) fn take(&mut self) -> Option<M::Resource> {
        let taken = self.resource.take()?;
        let reason = self.reason.unwrap_or(Reason::Abandoned);
        self.managed.count_closed(reason);
        Some(taken)
    }

    /// Has the manager end what a cut use left running and close the resource.
    pub(super) async fn cancel(&mut self) {
        let managed = Arc::clone(&self.managed);
        if let Some(resource) = self.take() {
            managed.manager().cancel(resource).await;
        }
    }
}

const SPENT: &str = "BUG: a resource is used that was closed or taken out";

impl<M: Manage> Drop for Kept<M> {
    fn drop(&mut self) {
        if let Some(resource) = self.resource.take() {
            self.managed.count_dropped(self);
            drop_quietly(resource);
        }
    }
}

/// Drops `resource`. A panic in its destructor, which the hook has reported, must not stop a library
/// halfway.
fn drop_quietly<R>(resource: R) {
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(resource)));
    drop(dropped);
}

impl<M: Manage> std::fmt::Debug for Kept<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("is_spent", &self.is_spent()).finish_non_exhaustive()
    }
}
