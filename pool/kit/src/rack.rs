use std::future::Future;
use std::ops::DerefMut;
use std::sync::Arc;

use seawall_core::pool::Order;

use crate::ledger::Ledger;
use crate::slot::Slot;

/// Stores the idle resources of a pool: what this crate needs from a pool library.
///
/// Each [`Slot`] holds a resource or is empty. The pool takes at most `capacity` slots at once, so
/// a library never has to make a caller wait. A library creates and checks no resources, applies no
/// timeouts and closes nothing by itself.
pub trait Rack: Sized + Send + Sync + 'static {
    /// The type of the pooled resources.
    type Resource: Send + 'static;
    /// A slot taken from the rack. When this is dropped, an empty slot is dropped; a full one is
    /// dropped or returns to the rack.
    type Held: DerefMut<Target = Slot<Self::Resource>> + Send + 'static;

    /// Creates a rack for at most `capacity` slots that are taken in `order`; `slots` creates empty
    /// slots.
    fn new(capacity: u32, order: Order, slots: Slots) -> Self;

    /// Takes the next slot from the rack, in the rack's order. Returns an empty slot only if no
    /// full one is stored.
    ///
    /// It never waits for another slot to be returned. Dropping the future changes nothing, except
    /// that some empty slots may remain on the rack.
    fn take(&self) -> impl Future<Output = Self::Held> + Send;

    /// Returns a full slot to the rack.
    fn keep(held: Self::Held);

    /// Discards an empty slot.
    fn discard(held: Self::Held);

    /// Removes all slots for which `which` returns true, in any order, so that the caller can drop
    /// them. The remaining slots keep their order.
    fn remove(
        &self,
        which: &mut dyn FnMut(&Slot<Self::Resource>) -> bool,
    ) -> Vec<Slot<Self::Resource>>;

    /// Raises the capacity to `capacity` slots. It is never lowered.
    fn grow(&self, capacity: u32);
}

/// Creates empty [`Slot`]s.
#[derive(Clone)]
pub struct Slots(Arc<Ledger>);

impl Slots {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        Self(ledger)
    }

    /// Creates an empty slot.
    #[must_use]
    pub fn empty<R>(&self) -> Slot<R> {
        Slot::empty(&self.0)
    }

    /// Returns the number of idle resources of the pool, on the rack or in front of it.
    #[must_use]
    pub fn idle(&self) -> u32 {
        self.0.books.idle()
    }
}

impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slots")
    }
}
