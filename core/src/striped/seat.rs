//! Where a thread counts: a number below [`STRIPES`] that no other thread has at the time, or one
//! from there on, which may be another's too.

use std::cell::{Cell, OnceCell};

use super::STRIPES;
use crate::sync::{AtomicU64, Ordering, thread_local};

/// A thread that has not counted yet.
const NONE: usize = usize::MAX;

thread_local! {
    /// Has nothing to drop, so that to read it is all there is to it.
    static SEAT: Cell<usize> = const { Cell::new(NONE) };
    static LEASE: OnceCell<Lease> = const { OnceCell::new() };
}

/// The number of this thread, if it has one; else one that nobody has.
#[inline]
pub(super) fn mine() -> usize {
    SEAT.try_with(Cell::get).unwrap_or(STRIPES)
}

/// The number of this thread, which gets one if it has none.
pub(super) fn take() -> usize {
    let seat = mine();
    if seat != NONE {
        return seat;
    }
    let lease = |lease: &OnceCell<Lease>| lease.get_or_init(Lease::begin).seat;
    // A thread that is about to end takes none to itself any more.
    let seat = LEASE.try_with(lease).unwrap_or(STRIPES);
    let _set = SEAT.try_with(|mine| mine.set(seat));
    seat
}

/// A number, for as long as its thread runs.
struct Lease {
    seats: SharedSeats,
    seat: usize,
}

impl Lease {
    fn begin() -> Self {
        let seats = shared_seats();
        Self { seat: seats.take(), seats }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // What else the thread drops may count too.
        let _set = SEAT.try_with(|mine| mine.set(STRIPES));
        self.seats.leave(self.seat);
    }
}

/// Which numbers are taken.
struct Seats {
    /// A bit for each number below [`STRIPES`].
    taken: AtomicU64,
    further: AtomicU64,
}

#[cfg(not(seawall_loom))]
type SharedSeats = &'static Seats;
#[cfg(seawall_loom)]
type SharedSeats = loom::sync::Arc<Seats>;

#[cfg(not(seawall_loom))]
fn shared_seats() -> SharedSeats {
    static SEATS: Seats = Seats { taken: AtomicU64::new(0), further: AtomicU64::new(0) };
    &SEATS
}

#[cfg(seawall_loom)]
fn shared_seats() -> SharedSeats {
    loom::lazy_static! {
        static ref SEATS: SharedSeats = SharedSeats::new(Seats {
            taken: AtomicU64::new(0),
            further: AtomicU64::new(0),
        });
    }
    SharedSeats::clone(&SEATS)
}

impl Seats {
    /// Who takes a number sees all that was counted by who had it before.
    fn take(&self) -> usize {
        let mut taken = self.taken.load(Ordering::Relaxed);
        loop {
            let seat = taken.trailing_ones() as usize;
            if seat >= STRIPES {
                let further = self.further.fetch_add(1, Ordering::Relaxed);
                return STRIPES + usize::try_from(further % STRIPES as u64).unwrap_or(0);
            }
            match self.taken.compare_exchange_weak(
                taken,
                taken | 1 << seat,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return seat,
                Err(now) => taken = now,
            }
        }
    }

    fn leave(&self, seat: usize) {
        if seat < STRIPES {
            self.taken.fetch_and(!(1 << seat), Ordering::Release);
        }
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_once_until_it_is_left() {
        let seats = Seats { taken: AtomicU64::new(0), further: AtomicU64::new(0) };
        let all: Vec<usize> = (0..STRIPES).map(|_| seats.take()).collect();
        assert_eq!(all, (0..STRIPES).collect::<Vec<_>>());
        assert_eq!([seats.take(), seats.take()], [STRIPES, STRIPES + 1], "shared ones");
        seats.leave(STRIPES);
        seats.leave(5);
        assert_eq!([seats.take(), seats.take()], [5, STRIPES + 2]);
    }

    #[test]
    fn a_thread_keeps_its_number() {
        std::thread::spawn(|| {
            assert_eq!(mine(), NONE);
            let seat = take();
            assert_eq!((mine(), take()), (seat, seat));
        })
        .join()
        .expect("no panic");
    }

    #[test]
    fn what_a_thread_drops_last_counts_with_others() {
        /// Made before the lease, so dropped after it.
        struct Last(std::sync::mpsc::Sender<usize>);
        impl Drop for Last {
            fn drop(&mut self) {
                self.0.send(take()).expect("the test waits");
            }
        }
        std::thread_local! {
            static LAST: Cell<Option<Last>> = const { Cell::new(None) };
        }
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            LAST.set(Some(Last(sender)));
            take();
        });
        assert!(receiver.recv().expect("it is dropped") >= STRIPES);
    }
}
