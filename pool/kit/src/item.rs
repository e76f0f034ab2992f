use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use seawall_core::Tick;

use crate::ledger::Ledger;
use crate::rack::Rack;
use crate::reason::Reason;
use crate::slot::Slot;

/// A resource on its way from the pool to the driver and back, and its place. Dropped on that way, it
/// is closed, and its place is free.
pub struct Item<K: Rack>(Option<K::Held>);

impl<K: Rack> Item<K> {
    /// Of a slot with something in it, whose place is taken.
    pub(crate) fn new(held: K::Held) -> Self {
        Self(Some(held))
    }

    /// Is its place one of these?
    pub(crate) fn is_of(&self, ledger: &Arc<Ledger>) -> bool {
        self.0.as_ref().is_some_and(|held| Arc::ptr_eq(held.ledger(), ledger))
    }

    /// Lets the next one have it. Its place is still taken.
    pub(crate) fn give_back(mut self, now: impl FnOnce() -> Tick) {
        let Some(mut held) = self.0.take() else { return };
        if held.come_back(now) {
            K::keep(held);
        } else {
            K::discard(held);
        }
    }

    /// Closes the resource, then frees its place.
    pub(crate) fn close(mut self, reason: Reason) {
        self.end(|slot| slot.close(reason));
    }

    fn end(&mut self, close: impl FnOnce(&mut Slot<K::Resource>)) {
        let Some(mut held) = self.0.take() else { return };
        let ledger = Arc::clone(held.ledger());
        close(&mut held);
        K::discard(held);
        ledger.gate.leave();
    }
}

const GONE: &str = "an item leaves only as it is checked in";

impl<K: Rack> Deref for Item<K> {
    type Target = K::Resource;

    fn deref(&self) -> &K::Resource {
        self.0.as_ref().expect(GONE).get()
    }
}

impl<K: Rack> DerefMut for Item<K> {
    fn deref_mut(&mut self) -> &mut K::Resource {
        self.0.as_mut().expect(GONE).get_mut()
    }
}

impl<K: Rack> Drop for Item<K> {
    fn drop(&mut self) {
        self.end(Slot::close_as_it_is);
    }
}

impl<K: Rack> fmt::Debug for Item<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Item")
    }
}
