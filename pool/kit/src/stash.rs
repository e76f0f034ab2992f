use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use seawall_core::pool::Order;

use crate::slot::Slot;

/// Resources that were made in the background, until someone borrows them. No library can be given
/// one that it has not asked for, so they wait beside its rack, as if they had been idle for longer
/// than all that is on it.
pub(crate) struct Stash<R> {
    /// Read without the lock by every checkout.
    len: AtomicUsize,
    slots: Mutex<VecDeque<Slot<R>>>,
}

impl<R> Stash<R> {
    pub(crate) fn new() -> Self {
        Self { len: AtomicUsize::new(0), slots: Mutex::new(VecDeque::new()) }
    }

    pub(crate) fn push(&self, slot: Slot<R>) {
        self.change(|slots| slots.push_back(slot));
    }

    /// The rack has given `slot`. If it is the turn of one in here, has that in it instead, and what
    /// was in it is in here.
    pub(crate) fn exchange(&self, slot: &mut Slot<R>, order: Order) {
        if self.len.load(Relaxed) == 0 {
            return;
        }
        let replaced = match order {
            // What is on the rack has come back later than all in here.
            Order::Lifo if !slot.is_empty() => None,
            Order::Lifo => self.change(VecDeque::pop_back),
            Order::Fifo => self.change(VecDeque::pop_front),
        };
        let Some(replaced) = replaced else { return };
        let from_rack = std::mem::replace(slot, replaced);
        if !from_rack.is_empty() {
            self.push(from_rack);
        }
    }

    /// Takes out all that `which` says yes to.
    pub(crate) fn remove(&self, which: &mut dyn FnMut(&Slot<R>) -> bool) -> Vec<Slot<R>> {
        self.change(|slots| {
            let (out, rest): (Vec<_>, _) = slots.drain(..).partition(|slot| which(slot));
            slots.extend::<Vec<_>>(rest);
            out
        })
    }

    fn change<T>(&self, act: impl FnOnce(&mut VecDeque<Slot<R>>) -> T) -> T {
        let mut slots = self.lock();
        let answer = act(&mut slots);
        self.len.store(slots.len(), Relaxed);
        answer
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Slot<R>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
