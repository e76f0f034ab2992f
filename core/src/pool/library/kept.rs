use std::sync::Arc;

use super::SharedError;
use super::managed::Managed;
use crate::pool::{CloseReason, Manage, TooSlow, drop_quietly};
use crate::{Exit, Tick};

/// A resource that a [`Managed`] has connected, as a library keeps it. Boxed once, since a library moves it
/// from one future to the next in each checkout.
pub struct Kept<M: Manage>(pub(super) Box<Record<M>>);

pub(super) struct Record<M: Manage> {
    /// `None` once it has been closed or taken out; the library then drops the rest.
    resource: Option<M::Resource>,
    managed: Arc<Managed<M>>,
    /// True until it was prepared for its first loan.
    pub(super) is_new: bool,
    pub(super) born: Tick,
    pub(super) idle_since: Tick,
    /// The reason to close it, if there is one besides its age.
    pub(super) reason: Option<CloseReason>,
}

impl<M: Manage> Kept<M> {
    pub(super) fn new(resource: M::Resource, managed: Arc<Managed<M>>, born: Tick) -> Self {
        let (resource, idle_since) = (Some(resource), born);
        Self(Box::new(Record { resource, managed, is_new: true, born, idle_since, reason: None }))
    }

    /// Returns true if it must not be lent again: it was closed or taken out, or its check was cut.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.0.resource.is_none() || self.0.reason.is_some()
    }

    pub(super) fn get(&self) -> &M::Resource {
        self.0.resource.as_ref().expect(SPENT)
    }

    pub(super) fn get_mut(&mut self) -> &mut M::Resource {
        self.0.resource.as_mut().expect(SPENT)
    }

    /// Checks and resets it before a loan. Returns false if it must be closed.
    pub(super) async fn renew(&mut self) -> bool {
        let managed = Arc::clone(&self.0.managed);
        managed.renew(self).await.is_ok()
    }

    /// Notes the end of a use. Returns false if the manager knows that the resource is broken.
    pub(super) fn end_use(&mut self, exit: &Exit<'_>) -> bool {
        // Also if the manager panics.
        self.0.reason = Some(CloseReason::Broken);
        if self.0.managed.manager().is_broken(self.get()) {
            return false;
        }
        self.0.reason = None;
        if self.0.managed.needs_times() {
            self.0.idle_since = exit.now();
        }
        true
    }

    /// Notes why it must be closed after a step that failed, and returns the error.
    #[inline]
    pub(super) fn end_step(
        &mut self,
        done: Result<Result<(), M::Error>, TooSlow>,
    ) -> Result<(), SharedError> {
        match done {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                self.0.reason = Some(CloseReason::FailedCheck);
                Err(Arc::new(error))
            }
            Err(slow) => Err(Arc::new(slow)),
        }
    }

    /// Returns true if it is too old to be lent at `now`.
    pub(super) fn is_too_old(&self, now: Tick) -> bool {
        self.0.managed.age_of(self, now).is_some()
    }

    /// Closes the resource, whose state is unknown unless the manager said that it is broken.
    pub(super) fn close(&mut self) {
        self.take().into_iter().for_each(drop_quietly);
    }

    /// Takes the resource out; it counts as closed.
    pub(super) fn take(&mut self) -> Option<M::Resource> {
        let taken = self.0.resource.take()?;
        let reason = self.0.reason.unwrap_or(CloseReason::Abandoned);
        self.0.managed.count_closed(reason);
        Some(taken)
    }

    /// Has the manager end what a cut use left running and close the resource.
    pub(super) async fn cancel(&mut self) {
        let managed = Arc::clone(&self.0.managed);
        if let Some(resource) = self.take() {
            managed.manager().cancel(resource).await;
        }
    }
}

const SPENT: &str = "BUG: a resource is used that was closed or taken out";

impl<M: Manage> Drop for Kept<M> {
    fn drop(&mut self) {
        if let Some(resource) = self.0.resource.take() {
            self.0.managed.count_dropped(self);
            drop_quietly(resource);
        }
    }
}

crate::__debug! { impl[M: Manage] Kept<M>: self { is_spent: self.is_spent() } }
