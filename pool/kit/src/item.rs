use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::ledger::Ledger;
use crate::parcel::Parcel;
use crate::rack::Rack;
use crate::reason::Reason;
use crate::slot::Slot;

/// A resource with its permit, between the pool and the driver. If it is dropped there, the
/// resource is closed and its permit is released.
pub struct Item<K: Rack>(Option<Parcel<K>>);

impl<K: Rack> Item<K> {
    /// Of a slot with something in it, whose place is taken.
    pub(crate) fn new(parcel: Parcel<K>) -> Self {
        Self(Some(parcel))
    }

    /// Is its place one of these?
    pub(crate) fn is_of(&self, ledger: &Arc<Ledger>) -> bool {
        self.0.as_ref().is_some_and(|parcel| Arc::ptr_eq(parcel.ledger(), ledger))
    }

    /// What it is in, to be given back. Its place is still taken.
    pub(crate) fn into_parcel(mut self) -> Parcel<K> {
        self.0.take().expect(GONE)
    }

    /// Closes the resource, then frees its place.
    pub(crate) fn close(mut self, reason: Reason) {
        self.end(|slot| slot.close(reason));
    }

    fn end(&mut self, close: impl FnOnce(&mut Slot<K::Resource>)) {
        let Some(mut parcel) = self.0.take() else { return };
        let ledger = Arc::clone(parcel.ledger());
        close(&mut parcel);
        parcel.discard();
        ledger.leave();
    }
}

const GONE: &str = "BUG: item used after it was checked in";

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
