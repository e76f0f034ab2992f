use std::ops::{Deref, DerefMut};
use std::sync::Weak;
use std::time::Duration;

use seawall_core::pool::{CloseReason, Manage, drop_quietly};
use seawall_core::{Clock, Tick};

use crate::job::Work;
use crate::shared::Shared;

/// A resource with what the pool knows about it. Boxed once, when it was created.
pub(crate) struct Entry<M: Manage> {
    pub(crate) resource: M::Resource,
    /// Number of the resource in the order of creation.
    pub(crate) id: u64,
    pub(crate) expires_at: Tick,
    pub(crate) max_idle_time: Option<Duration>,
    /// The time of the last return, or of the creation.
    pub(crate) used_at: Tick,
    pub(crate) lent_at: Tick,
    /// True until it is lent or idle: a resource that was just created is not checked.
    pub(crate) is_new: bool,
    /// The memory of the last reset, kept so that resetting does not allocate.
    pub(crate) spare: Option<Box<dyn Work<M>>>,
    pub(crate) home: Weak<Shared<M>>,
}

impl<M: Manage> Entry<M> {
    /// Returns the reason to close an idle resource that is too old at `now`.
    pub(crate) fn expired(&self, now: Tick) -> Option<CloseReason> {
        if now >= self.expires_at {
            return Some(CloseReason::TooOld);
        }
        let idle = self.max_idle_time?;
        (now.since(self.used_at) >= idle).then_some(CloseReason::IdleTooLong)
    }
}

/// A resource with its permit, between the pool and the driver. If it is dropped there, the resource is
/// closed and its permit is released.
pub struct Checkout<M: Manage>(Option<Box<Entry<M>>>);

const GONE: &str = "BUG: checkout used after it was returned";

impl<M: Manage> Checkout<M> {
    pub(crate) const fn new(entry: Box<Entry<M>>) -> Self {
        Self(Some(entry))
    }

    pub(crate) fn into_entry(mut self) -> Box<Entry<M>> {
        self.0.take().expect(GONE)
    }

    pub(crate) fn home(&self) -> *const Shared<M> {
        self.0.as_ref().expect(GONE).home.as_ptr()
    }
}

impl<M: Manage> Deref for Checkout<M> {
    type Target = M::Resource;

    fn deref(&self) -> &M::Resource {
        &self.0.as_ref().expect(GONE).resource
    }
}

impl<M: Manage> DerefMut for Checkout<M> {
    fn deref_mut(&mut self) -> &mut M::Resource {
        &mut self.0.as_mut().expect(GONE).resource
    }
}

impl<M: Manage> Drop for Checkout<M> {
    fn drop(&mut self) {
        let Some(entry) = self.0.take() else { return };
        match entry.home.upgrade() {
            Some(shared) => shared.discard(entry, CloseReason::Abandoned, &Clock::system()),
            None => drop_quietly(entry),
        }
    }
}

seawall_core::__debug! { impl[M: Manage] Checkout<M> }
