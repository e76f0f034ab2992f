use seawall_core::pool::Manage;

use crate::rack::Rack;
use crate::shared::Shared;

/// A place in a pool that was taken. Freed when this is dropped.
pub(crate) struct Place<'s, M: Manage, K: Rack<Resource = M::Resource>> {
    /// Taken as the place goes to a borrower.
    shared: Option<&'s Shared<M, K>>,
    /// Is it the background work that has it, which need not be told what it does itself?
    is_for_background: bool,
}

impl<'s, M: Manage, K: Rack<Resource = M::Resource>> Place<'s, M, K> {
    pub(crate) fn new(shared: &'s Shared<M, K>) -> Self {
        Self { shared: Some(shared), is_for_background: false }
    }

    pub(crate) fn for_background(shared: &'s Shared<M, K>) -> Self {
        Self { shared: Some(shared), is_for_background: true }
    }

    /// The place is somebody's now.
    pub(crate) fn give(mut self) {
        self.shared = None;
    }
}

impl<M: Manage, K: Rack<Resource = M::Resource>> Drop for Place<'_, M, K> {
    fn drop(&mut self) {
        if let Some(shared) = self.shared {
            shared.leave();
            shared.trim();
            if !self.is_for_background {
                shared.ring_if_few_are_idle();
            }
        }
    }
}
