use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use seawall_core::pool::{Manage, Order, PoolOptions, PoolState, PoolStatus};
use seawall_core::{Layer, Refusal, RefusalKind, Tick};

use crate::age::Ages;
use crate::bell::Bell;
use crate::chance::Chance;
use crate::gate::{Gate, Leave};
use crate::ledger::Ledger;
use crate::parcel::Parcel;
use crate::place::Place;
use crate::rack::Rack;
use crate::reason::Reason;
use crate::slot::Slot;
use crate::stash::Stash;
use crate::trouble::Trouble;

/// A pool, as all its handles have it.
pub(crate) struct Shared<M: Manage, K: Rack<Resource = M::Resource>> {
    pub(crate) layer: Layer,
    pub(crate) options: PoolOptions,
    pub(crate) ages: Ages,
    pub(crate) manager: M,
    pub(crate) gate: Arc<Gate<Parcel<K>>>,
    pub(crate) rack: K,
    pub(crate) stash: Stash<M::Resource>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) trouble: Trouble<M::Error>,
    pub(crate) chance: Chance,
    pub(crate) bell: Arc<Bell>,
    /// How many drain it, and close what is idle as it should be.
    pub(crate) draining: AtomicU32,
    /// How many slots the rack has been told that there may be. Held by who changes how many places
    /// there are.
    pub(crate) capacity: Mutex<u32>,
}

impl<M: Manage, K: Rack<Resource = M::Resource>> Shared<M, K> {
    pub(crate) fn status(&self) -> PoolStatus {
        let Self { gate, ledger, trouble, .. } = self;
        let mut status = PoolStatus::new(ledger.max_size());
        status.max_overflow = ledger.max_overflow();
        ledger.books.read(&mut status);
        status.overflow = status.size.saturating_sub(status.max);
        status.waiting = u32::try_from(gate.waiting()).unwrap_or(u32::MAX);
        status.failed_connects = trouble.failed_connects();
        status.state = match () {
            () if gate.is_closed() => PoolState::Closed,
            () if trouble.is_down() => PoolState::Degraded,
            () => PoolState::Ready,
        };
        status
    }

    pub(crate) fn refuse(&self, kind: RefusalKind) -> Refusal {
        Refusal::new(kind, &self.layer)
    }

    /// A place that is free, for the background work, which does not wait for one.
    pub(crate) fn try_place(&self) -> Option<Place<'_, M, K>> {
        self.gate.try_enter_only().ok().map(|()| Place::for_background(self))
    }

    /// Lets the next one have what comes back, and its place.
    pub(crate) fn take_back(&self, mut parcel: Parcel<K>, now: impl FnOnce() -> Tick) {
        // In a queue, the front is for the oldest.
        let is_for_front = match self.options.order {
            Order::Lifo => true,
            Order::Fifo => self.ledger.books.idle() == 0,
        };
        if !parcel.come_back(self.ledger.most(|| self.gate.has_queue()), now) {
            parcel.discard();
        } else if !is_for_front {
            parcel.keep();
        } else {
            if self.gate.pass_on(parcel) {
                self.clear_closed();
            }
            return;
        }
        self.leave();
    }

    /// Frees a place that was taken, and closes what there is too much of after that.
    pub(crate) fn leave(&self) {
        if self.gate.leave() {
            self.clear_closed();
        }
    }

    /// Closes what is idle in a pool that is closed, unless someone does that well.
    pub(crate) fn clear_closed(&self) {
        if self.draining.load(Ordering::SeqCst) == 0 {
            close_all(self.remove(|_| true), Reason::ShutDown);
        }
    }

    /// Closes idle resources that are more than the pool keeps.
    pub(crate) fn trim(&self) {
        let most = self.ledger.most(|| self.gate.waiting() > 0);
        let mut surplus = self.ledger.books.size().saturating_sub(most);
        if surplus == 0 {
            return;
        }
        let which = |_: &Slot<_>| {
            let is_too_many = surplus > 0;
            surplus = surplus.saturating_sub(1);
            is_too_many
        };
        close_all(self.remove(which), Reason::Surplus);
    }

    /// Closes what has been idle since before `era`: another like them was found dead.
    pub(crate) fn condemn(&self, era: u64) {
        close_all(self.remove(|slot| slot.era() < era), Reason::Suspect);
    }

    /// Takes out idle resources that `which` says yes to; it is asked of the oldest first, as far as
    /// the rack can tell.
    pub(crate) fn remove(
        &self,
        mut which: impl FnMut(&Slot<M::Resource>) -> bool,
    ) -> Vec<Slot<M::Resource>> {
        let mut which = |slot: &Slot<_>| !slot.is_empty() && which(slot);
        let mut removed = Vec::new();
        if self.options.order == Order::Fifo {
            removed.append(&mut self.remove_front(&mut which));
        }
        removed.append(&mut self.stash.remove(&mut which));
        removed.append(&mut self.rack.remove(&mut which));
        if self.options.order == Order::Lifo {
            removed.append(&mut self.remove_front(&mut which));
        }
        removed
    }

    fn remove_front(
        &self,
        which: &mut dyn FnMut(&Slot<M::Resource>) -> bool,
    ) -> Vec<Slot<M::Resource>> {
        self.gate.remove(&mut |parcel| which(parcel), |mut parcel: Parcel<K>| {
            let slot = std::mem::replace(&mut *parcel, Slot::empty(&self.ledger));
            parcel.discard();
            slot
        })
    }

    pub(crate) fn resize(&self, max_size: u32) {
        let mut capacity = self.capacity.lock().unwrap_or_else(PoisonError::into_inner);
        let places = max_size.saturating_add(self.ledger.max_overflow());
        if places > *capacity {
            self.rack.grow(places);
            *capacity = places;
        }
        self.ledger.resize(max_size);
        self.gate.resize(places);
        drop(capacity);
        self.trim();
        self.bell.ring();
    }

    pub(crate) fn close(&self) {
        self.gate.close();
        self.bell.ring();
        self.clear_closed();
    }

    /// Tells the background work that there may be something to do.
    pub(crate) fn ring_if_few_are_idle(&self) {
        let min_idle = self.options.min_idle;
        if min_idle > 0 && self.ledger.books.idle() < min_idle {
            self.bell.ring();
        }
    }
}

fn close_all<R>(slots: Vec<Slot<R>>, reason: Reason) {
    slots.into_iter().for_each(|mut slot| slot.close(reason));
}

/// Ends the background work, and closes what is idle: what is still lent may keep the rack.
impl<M: Manage, K: Rack<Resource = M::Resource>> Drop for Shared<M, K> {
    fn drop(&mut self) {
        self.bell.ring();
        close_all(self.remove(|_| true), Reason::ShutDown);
    }
}
