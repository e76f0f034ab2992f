use std::ops::{Deref, DerefMut};

use crate::parcel::Parcel;
use crate::rack::Rack;
use crate::reason::Reason;
use crate::slot::Slot;

/// A slot on its way from a rack to a borrower. Dropped on that way, what is in it is closed.
pub(crate) struct Taken<K: Rack>(Option<Parcel<K>>);

impl<K: Rack> Taken<K> {
    pub(crate) fn new(parcel: Parcel<K>) -> Self {
        Self(Some(parcel))
    }

    /// Closes what is in it, which is gone then.
    pub(crate) fn close(&mut self, reason: Reason) {
        self.end(|slot| slot.close(reason));
    }

    /// To its borrower.
    pub(crate) fn into_parcel(mut self) -> Parcel<K> {
        self.0.take().expect(GONE)
    }

    fn end(&mut self, close: impl FnOnce(&mut Slot<K::Resource>)) {
        if let Some(mut parcel) = self.0.take() {
            close(&mut parcel);
            parcel.discard();
        }
    }
}

const GONE: &str = "BUG: resource used after it was taken";

impl<K: Rack> Deref for Taken<K> {
    type Target = Slot<K::Resource>;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref().expect(GONE)
    }
}

impl<K: Rack> DerefMut for Taken<K> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.as_mut().expect(GONE)
    }
}

impl<K: Rack> Drop for Taken<K> {
    fn drop(&mut self) {
        self.end(Slot::close_as_it_is);
    }
}
