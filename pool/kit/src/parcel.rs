use std::any::Any;
use std::ops::{Deref, DerefMut};

use crate::rack::Rack;
use crate::slot::Slot;

/// A slot that was taken off a rack, in a box: on its way to a borrower and back it is moved some
/// twenty times, and what libraries make of it is large.
///
/// While it is on the rack, the slot carries the empty box, so that none has to be made again.
pub(crate) struct Parcel<K: Rack>(Box<Option<K::Held>>);

/// The box that a slot carries.
pub(crate) type EmptyBox = Box<dyn Any + Send>;

impl<K: Rack> Parcel<K> {
    pub(crate) fn wrap(mut held: K::Held) -> Self {
        let empty = held.lay_down_box().and_then(|empty| empty.downcast::<Option<K::Held>>().ok());
        let mut parcel = empty.unwrap_or_default();
        *parcel = Some(held);
        Self(parcel)
    }

    pub(crate) fn unwrap(mut self) -> K::Held {
        let mut held = self.0.take().expect(WRAPPED);
        held.pick_up_box(self.0);
        held
    }

    /// Puts it back on its rack.
    pub(crate) fn keep(self) {
        K::keep(self.unwrap());
    }

    /// Forgets about it, when it is empty.
    pub(crate) fn discard(self) {
        K::discard(self.unwrap());
    }
}

const WRAPPED: &str = "BUG: parcel used after it was unwrapped";

impl<K: Rack> Deref for Parcel<K> {
    type Target = Slot<K::Resource>;

    fn deref(&self) -> &Self::Target {
        (*self.0).as_ref().expect(WRAPPED)
    }
}

impl<K: Rack> DerefMut for Parcel<K> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        (*self.0).as_mut().expect(WRAPPED)
    }
}
