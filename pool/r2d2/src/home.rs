use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use r2d2::PooledConnection;
use seawall_core::pool::Order;
use seawall_pool_kit::{Aside, Slot, Slots};

use crate::empty::Empty;
use crate::shelf::Shelf;

/// Where slots come back to.
pub(crate) struct Home<R: Send + 'static> {
    /// Locked by who takes anything out, so that what there is does not become less meanwhile.
    inner: Mutex<Inner<R>>,
    /// Are there any that were outgrown? Read after a slot has come back, and set before an r2d2 is
    /// looked through for the last time: so a slot is seen there, or sees this.
    has_outgrown: AtomicBool,
    slots: Slots,
}

pub(crate) struct Inner<R: Send + 'static> {
    pub(crate) shelf: Shelf<R>,
    /// r2d2 cannot be looked through.
    aside: Aside<PooledConnection<Empty<R>>>,
    /// Smaller ones, of which some slots have not come back yet.
    pub(crate) outgrown: Vec<Shelf<R>>,
}

impl<R: Send + 'static> Home<R> {
    pub(crate) fn new(capacity: u32, order: Order, slots: Slots) -> Self {
        let shelf = Shelf::new(capacity, &slots);
        let inner = Inner { shelf, aside: Aside::new(order), outgrown: Vec::new() };
        Self { inner: Mutex::new(inner), has_outgrown: AtomicBool::new(false), slots }
    }

    /// A full slot if there is one, or else an empty one.
    pub(crate) fn take(&self) -> Option<PooledConnection<Empty<R>>> {
        let Inner { shelf, aside, .. } = &mut *self.lock();
        aside.take(|| shelf.pop()).or_else(|| shelf.spare())
    }

    pub(crate) fn remove(&self, which: &mut dyn FnMut(&Slot<R>) -> bool) -> Vec<Slot<R>> {
        let Inner { shelf, aside, .. } = &mut *self.lock();
        aside.remove(|| shelf.pop(), which, &self.slots)
    }

    /// From now on, `larger` is where slots are.
    pub(crate) fn grow(&self, larger: Shelf<R>) {
        let inner = &mut *self.lock();
        self.has_outgrown.store(true, Ordering::Release);
        let mut smaller = std::mem::replace(&mut inner.shelf, larger);
        inner.aside.gather(|| smaller.pop());
        smaller.outgrow();
        inner.outgrown.push(smaller);
    }

    /// Takes in what has come back to an r2d2 that was outgrown.
    pub(crate) fn take_in(&self) {
        if self.has_outgrown.load(Ordering::Acquire) {
            drop(self.lock());
        }
    }

    pub(crate) const fn slots(&self) -> &Slots {
        &self.slots
    }

    pub(crate) fn state(&self) -> r2d2::State {
        self.lock().shelf.state()
    }

    /// All that has come back is at home.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner<R>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !inner.outgrown.is_empty() {
            let Inner { shelf, outgrown, .. } = &mut *inner;
            outgrown.retain_mut(|smaller| {
                smaller.move_to(shelf);
                smaller.has_slots()
            });
            self.has_outgrown.store(!outgrown.is_empty(), Ordering::Release);
        }
        inner
    }
}
