use std::future::Future;
use std::ops::DerefMut;
use std::sync::Arc;

use seawall_core::pool::Order;

use crate::ledger::Ledger;
use crate::slot::Slot;

/// A pool library, seen as what this crate needs of one: a rack on which idle resources are kept.
///
/// What is kept is a [`Slot`], which has a resource in it or is empty. The pool hands out no more
/// than `capacity` at once, so a library never has to let anyone wait; it makes no resources and
/// checks none, has no timeouts and closes nothing by itself.
pub trait Rack: Sized + Send + Sync + 'static {
    /// What is pooled.
    type Resource: Send + 'static;
    /// A slot that was taken off the rack. If it is dropped, the slot is dropped, or back on the
    /// rack if there is something in it.
    type Held: DerefMut<Target = Slot<Self::Resource>> + Send + 'static;

    /// A rack for at most `capacity` slots, from which they are taken in `order`; `slots` makes
    /// empty ones.
    fn new(capacity: u32, order: Order, slots: Slots) -> Self;

    /// Takes the slot off the rack whose turn it is. Gives an empty one if there is none with
    /// something in it, and only then.
    ///
    /// It does not wait for anyone to put a slot back. Dropping the future leaves all as it was, but
    /// for empty slots, of which some may be left on the rack.
    fn take(&self) -> impl Future<Output = Self::Held> + Send;

    /// Puts a slot with something in it back on the rack.
    fn keep(held: Self::Held);

    /// Forgets about an empty slot.
    fn discard(held: Self::Held);

    /// Takes all slots off the rack that `which` says yes to, in no certain order, for them to be
    /// dropped. Those that are left stay in their order.
    fn remove(
        &self,
        which: &mut dyn FnMut(&Slot<Self::Resource>) -> bool,
    ) -> Vec<Slot<Self::Resource>>;

    /// There may be `capacity` slots at once from now on. Never called with less than before.
    fn grow(&self, capacity: u32);
}

/// Makes empty [`Slot`]s.
#[derive(Clone)]
pub struct Slots(Arc<Ledger>);

impl Slots {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        Self(ledger)
    }

    /// An empty slot.
    #[must_use]
    pub fn empty<R>(&self) -> Slot<R> {
        Slot::empty(&self.0)
    }

    /// How many resources are idle now, on the rack or elsewhere.
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
