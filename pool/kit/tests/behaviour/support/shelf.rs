use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seawall_core::pool::Order;
use seawall_pool_kit::{Rack, Slot, Slots};

/// The simplest rack that there can be.
pub(crate) struct Shelf<R> {
    kept: Arc<Kept<R>>,
    order: Order,
    slots: Slots,
}

type Kept<R> = Mutex<VecDeque<Slot<R>>>;

/// A slot that was taken off the shelf.
pub(crate) struct Held<R> {
    slot: Slot<R>,
    from: Arc<Kept<R>>,
}

fn lock<R>(kept: &Kept<R>) -> MutexGuard<'_, VecDeque<Slot<R>>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: Send + 'static> Rack for Shelf<R> {
    type Resource = R;
    type Held = Held<R>;

    fn new(_capacity: u32, order: Order, slots: Slots) -> Self {
        Self { kept: Arc::default(), order, slots }
    }

    async fn take(&self) -> Held<R> {
        let slot = match self.order {
            Order::Lifo => lock(&self.kept).pop_back(),
            Order::Fifo => lock(&self.kept).pop_front(),
        };
        let slot = slot.unwrap_or_else(|| self.slots.empty());
        Held { slot, from: Arc::clone(&self.kept) }
    }

    fn keep(held: Held<R>) {
        let Held { slot, from } = held;
        lock(&from).push_back(slot);
    }

    fn discard(held: Held<R>) {
        drop(held);
    }

    fn remove(&self, which: &mut dyn FnMut(&Slot<R>) -> bool) -> Vec<Slot<R>> {
        let mut kept = lock(&self.kept);
        let (removed, left): (Vec<_>, Vec<_>) = kept.drain(..).partition(|slot| which(slot));
        kept.extend(left);
        removed
    }

    fn grow(&self, _capacity: u32) {}
}

impl<R> Deref for Held<R> {
    type Target = Slot<R>;

    fn deref(&self) -> &Slot<R> {
        &self.slot
    }
}

impl<R> DerefMut for Held<R> {
    fn deref_mut(&mut self) -> &mut Slot<R> {
        &mut self.slot
    }
}
