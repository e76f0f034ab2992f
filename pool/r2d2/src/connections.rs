use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use r2d2::PooledConnection;
use seawall_core::pool::Order;
use seawall_pool_kit::{Aside, Rack, Slot, Slots};

use crate::empty::Empty;
use crate::shelf::Shelf;

/// An r2d2, as the rack of a pool.
///
/// All that it would do by itself is off, and all the slots that it may have are made with it, so that
/// nobody waits in it. It cannot be made larger: where there have to be more slots, a larger one takes
/// its place, and what is lent moves there after it has come back.
pub struct Connections<R: Send + 'static> {
    inner: Mutex<Inner<R>>,
    slots: Slots,
}

/// Locked by who takes anything out of it, so that what it has does not become less meanwhile.
struct Inner<R: Send + 'static> {
    shelf: Shelf<R>,
    /// r2d2 cannot be looked through.
    aside: Aside<PooledConnection<Empty<R>>>,
    /// Smaller ones, of which some slots have not come back yet.
    outgrown: Vec<Shelf<R>>,
}

impl<R: Send + 'static> Connections<R> {
    fn lock(&self) -> MutexGuard<'_, Inner<R>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.move_home();
        inner
    }
}

impl<R: Send + 'static> Inner<R> {
    /// Takes in what has come back to smaller ones since.
    fn move_home(&mut self) {
        let Self { shelf, outgrown, .. } = self;
        outgrown.retain_mut(|smaller| {
            smaller.move_to(shelf);
            smaller.has_slots()
        });
    }

    fn grow(&mut self, larger: Shelf<R>) {
        let mut smaller = std::mem::replace(&mut self.shelf, larger);
        self.aside.gather(|| smaller.pop());
        smaller.outgrow();
        self.outgrown.push(smaller);
    }
}

impl<R: Send + 'static> Rack for Connections<R> {
    type Resource = R;
    type Held = PooledConnection<Empty<R>>;

    fn new(capacity: u32, order: Order, slots: Slots) -> Self {
        let shelf = Shelf::new(capacity, &slots);
        let inner = Inner { shelf, aside: Aside::new(order), outgrown: Vec::new() };
        Self { inner: Mutex::new(inner), slots }
    }

    async fn take(&self) -> PooledConnection<Empty<R>> {
        let Inner { shelf, aside, .. } = &mut *self.lock();
        let held = aside.take(|| shelf.pop()).or_else(|| shelf.spare());
        let Some(held) = held else { unreachable!("r2d2 has a slot for each place that there is") };
        held
    }

    fn keep(held: PooledConnection<Empty<R>>) {
        drop(held);
    }

    fn discard(held: PooledConnection<Empty<R>>) {
        drop(held);
    }

    fn remove(&self, which: &mut dyn FnMut(&Slot<R>) -> bool) -> Vec<Slot<R>> {
        let Inner { shelf, aside, .. } = &mut *self.lock();
        aside.remove(|| shelf.pop(), which, &self.slots)
    }

    fn grow(&self, capacity: u32) {
        let larger = Shelf::new(capacity, &self.slots);
        self.lock().grow(larger);
    }
}

/// What is lent keeps r2d2 alive, and with it would keep what is idle.
impl<R: Send + 'static> Drop for Connections<R> {
    fn drop(&mut self) {
        drop(self.remove(&mut |_| true));
    }
}

impl<R: Send + 'static> fmt::Debug for Connections<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connections({:?})", self.lock().shelf.state())
    }
}

#[cfg(test)]
mod tests;
