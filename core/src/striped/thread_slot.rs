//! Thread slots: a number below [`STRIPES`] belongs to one thread at a time; numbers from [`STRIPES`] on
//! may be shared.

use std::cell::{Cell, OnceCell};

use super::STRIPES;
use crate::sync::{AtomicU64, Ordering, thread_local};

/// A thread that has no slot yet.
const NONE: usize = usize::MAX;

thread_local! {
    /// Needs no drop, so that reading it is one load.
    static SLOT: Cell<usize> = const { Cell::new(NONE) };
    static CLAIM: OnceCell<Claim> = const { OnceCell::new() };
}

/// Returns the slot of this thread, or [`NONE`].
#[inline]
pub(super) fn get() -> usize {
    SLOT.try_with(Cell::get).unwrap_or(STRIPES)
}

/// Returns the slot of this thread, which claims one if it has none.
pub(super) fn claim() -> usize {
    let slot = get();
    if slot != NONE {
        return slot;
    }
    let claim = |claim: &OnceCell<Claim>| claim.get_or_init(Claim::new).slot;
    // A thread that is about to end claims no slot any more.
    let slot = CLAIM.try_with(claim).unwrap_or(STRIPES);
    let _set = SLOT.try_with(|cached| cached.set(slot));
    slot
}

/// The slot of a thread, freed when the thread ends.
struct Claim {
    slots: SharedSlots,
    slot: usize,
}

impl Claim {
    fn new() -> Self {
        let slots = shared_slots();
        Self { slot: slots.claim(), slots }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Thread-locals that are dropped later may count too: they share a slot.
        let _set = SLOT.try_with(|cached| cached.set(STRIPES));
        self.slots.free(self.slot);
    }
}

/// The slots of the process.
struct Slots {
    /// A bit for each slot below [`STRIPES`].
    claimed: AtomicU64,
    sharing: AtomicU64,
}

#[cfg(not(seawall_loom))]
type SharedSlots = &'static Slots;
#[cfg(seawall_loom)]
type SharedSlots = loom::sync::Arc<Slots>;

#[cfg(not(seawall_loom))]
fn shared_slots() -> SharedSlots {
    static SLOTS: Slots = Slots { claimed: AtomicU64::new(0), sharing: AtomicU64::new(0) };
    &SLOTS
}

#[cfg(seawall_loom)]
fn shared_slots() -> SharedSlots {
    loom::lazy_static! {
        static ref SLOTS: SharedSlots = SharedSlots::new(Slots {
            claimed: AtomicU64::new(0),
            sharing: AtomicU64::new(0),
        });
    }
    SharedSlots::clone(&SLOTS)
}

impl Slots {
    /// Claims a slot. This synchronizes with its release, so that the new owner sees every count of
    /// the previous one.
    fn claim(&self) -> usize {
        let mut claimed = self.claimed.load(Ordering::Relaxed);
        loop {
            let slot = claimed.trailing_ones() as usize;
            if slot >= STRIPES {
                let sharing = self.sharing.fetch_add(1, Ordering::Relaxed);
                return STRIPES + usize::try_from(sharing % STRIPES as u64).unwrap_or(0);
            }
            match self.claimed.compare_exchange_weak(
                claimed,
                claimed | 1 << slot,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return slot,
                Err(now) => claimed = now,
            }
        }
    }

    fn free(&self, slot: usize) {
        if slot < STRIPES {
            self.claimed.fetch_and(!(1 << slot), Ordering::Release);
        }
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_claimed_once_until_it_is_free() {
        let slots = Slots { claimed: AtomicU64::new(0), sharing: AtomicU64::new(0) };
        let all: Vec<usize> = (0..STRIPES).map(|_| slots.claim()).collect();
        assert_eq!(all, (0..STRIPES).collect::<Vec<_>>());
        assert_eq!([slots.claim(), slots.claim()], [STRIPES, STRIPES + 1], "shared ones");
        slots.free(STRIPES);
        slots.free(5);
        assert_eq!([slots.claim(), slots.claim()], [5, STRIPES + 2]);
    }

    #[test]
    fn a_thread_keeps_its_slot() {
        std::thread::spawn(|| {
            assert_eq!(get(), NONE);
            let slot = claim();
            assert_eq!((get(), claim()), (slot, slot));
        })
        .join()
        .expect("no panic");
    }

    #[test]
    fn thread_locals_that_are_dropped_last_share_a_slot() {
        /// Made before the claim, so dropped after it.
        struct Last(std::sync::mpsc::Sender<usize>);
        impl Drop for Last {
            fn drop(&mut self) {
                self.0.send(claim()).expect("the test waits");
            }
        }
        std::thread_local! {
            static LAST: Cell<Option<Last>> = const { Cell::new(None) };
        }
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            LAST.set(Some(Last(sender)));
            claim();
        });
        assert!(receiver.recv().expect("it is dropped") >= STRIPES);
    }
}
