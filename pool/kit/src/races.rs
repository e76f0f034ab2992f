//! Explores with loom all interleavings of threads in the permit queue, and on the way through it
//! to a rack: `RUSTFLAGS="--cfg seawall_loom" cargo test --release -p seawall-pool-kit --lib
//! races`.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use loom::future::block_on;
use loom::sync::Mutex;
use loom::thread;
use seawall_core::pool::{Manage, Order, PoolOptions};
use seawall_core::{Clock, Deadline, Tick};

use crate::gate::{Denied, Gate, Leave};
use crate::{Pool, Rack, Slot, Slots};

fn gate(places: u32) -> Arc<Gate<u8>> {
    Gate::new(places, None, |held| panic!("{held} is put away"))
}

/// Waits as long as it takes.
fn enter(gate: &Gate<u8>) -> Result<Option<u8>, Denied> {
    let clock = Clock::system();
    block_on(gate.enter(Deadline::new(&clock, Tick::MAX), Tick::ZERO))
}

#[test]
fn who_waits_hears_of_the_place_that_someone_leaves() {
    loom::model(|| {
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let leaves = thread::spawn(move || other.leave());
        assert_eq!(enter(&gate), Ok(None));
        assert!(!leaves.join().expect("no panic"));
        assert_eq!(gate.taken(), 1);
        assert_eq!(gate.try_enter(), Err(Denied::Full));
    });
}

#[test]
fn what_comes_back_reaches_who_waits_or_who_comes() {
    loom::model(|| {
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let gives_back = thread::spawn(move || other.give_back(7));
        assert_eq!(enter(&gate), Ok(Some(7)));
        assert_eq!(gives_back.join().expect("no panic"), Ok(()));
        assert_eq!((gate.taken(), gate.waiting()), (1, 0));
    });
}

#[test]
fn what_someone_is_given_who_goes_away_is_not_lost() {
    loom::model(|| {
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let goes_away = thread::spawn(move || {
            let clock = Clock::system();
            let mut turn = other.enter(Deadline::new(&clock, Tick::MAX), Tick::ZERO);
            block_on(std::future::poll_fn(|cx| {
                // Polled once, and dropped if it was not at once.
                let polled = std::pin::Pin::new(&mut turn).poll(cx);
                std::task::Poll::Ready(polled.is_ready())
            }))
        });
        assert_eq!(gate.give_back(7), Ok(()));
        let had_it = goes_away.join().expect("no panic");
        assert_eq!(gate.waiting(), 0);
        let expected = if had_it { Err(Denied::Full) } else { Ok(Some(7)) };
        assert_eq!(gate.try_enter(), expected);
    });
}

#[test]
fn two_who_enter_and_leave_share_one_place() {
    loom::model(|| {
        let gate = gate(1);
        let other = Arc::clone(&gate);
        let enters = thread::spawn(move || {
            enter(&other).expect("his turn comes");
            other.leave();
        });
        if gate.try_enter().is_ok() {
            gate.leave();
        }
        enters.join().expect("no panic");
        assert_eq!((gate.taken(), gate.has_queue()), (0, false));
        gate.try_enter().expect("free");
    });
}

#[test]
fn sizes_that_change_while_someone_leaves_lose_no_place() {
    loom::model(|| {
        let gate = gate(2);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let leaves = thread::spawn(move || other.leave());
        gate.resize(1);
        gate.resize(2);
        leaves.join().expect("no panic");
        assert_eq!(gate.taken(), 0);
        assert_eq!([(); 3].map(|()| gate.try_enter().is_ok()), [true, true, false]);
    });
}

#[test]
fn who_leaves_as_the_gate_closes_hears_of_it_or_was_before() {
    loom::model(|| {
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let leaves = thread::spawn(move || other.leave());
        gate.close();
        assert_eq!(enter(&gate), Err(Denied::Closed));
        let _heard = leaves.join().expect("no panic");
        assert_eq!((gate.taken(), gate.try_enter()), (0, Err(Denied::Closed)));
    });
}

#[test]
fn what_comes_back_as_the_gate_closes_is_in_front_before_or_not_at_all() {
    loom::model(|| {
        let gate = gate(1);
        gate.try_enter().expect("free");
        let other = Arc::clone(&gate);
        let gives_back = thread::spawn(move || other.give_back(7));
        gate.close();
        let cleared = gate.remove(&mut |_| true, |held| held);
        match gives_back.join().expect("no panic") {
            Ok(()) => assert_eq!(cleared, [7]),
            Err(refused) => assert_eq!((refused, cleared), (7, vec![])),
        }
    });
}

/// What is made.
struct Units;

impl Manage for Units {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A stack that has just the slots which it was made for, as r2d2 does and deadpool.
struct Stack(Arc<Mutex<Inside>>);

struct Inside {
    capacity: u32,
    out: u32,
    slots: Vec<Slot<()>>,
    empty: Slots,
}

struct Off(Option<Slot<()>>, Arc<Mutex<Inside>>);

impl Rack for Stack {
    type Resource = ();
    type Held = Off;

    fn new(capacity: u32, _: Order, empty: Slots) -> Self {
        Self(Arc::new(Mutex::new(Inside { capacity, out: 0, slots: Vec::new(), empty })))
    }

    async fn take(&self) -> Off {
        let mut inside = self.0.lock().expect("no panic");
        inside.out += 1;
        assert!(inside.out <= inside.capacity, "no more are taken off than there are places");
        let slot = inside.slots.pop().unwrap_or_else(|| inside.empty.empty());
        Off(Some(slot), Arc::clone(&self.0))
    }

    fn keep(held: Off) {
        drop(held);
    }

    fn discard(held: Off) {
        drop(held);
    }

    fn remove(&self, which: &mut dyn FnMut(&Slot<()>) -> bool) -> Vec<Slot<()>> {
        self.0.lock().expect("no panic").slots.extract_if(.., |slot| which(slot)).collect()
    }

    fn grow(&self, _: u32) {}
}

impl Drop for Off {
    fn drop(&mut self) {
        let mut inside = self.1.lock().expect("no panic");
        inside.out -= 1;
        inside.slots.extend(self.0.take().filter(|slot| !slot.is_empty()));
    }
}

impl Deref for Off {
    type Target = Slot<()>;

    fn deref(&self) -> &Slot<()> {
        self.0.as_ref().expect("it is off the stack")
    }
}

impl DerefMut for Off {
    fn deref_mut(&mut self) -> &mut Slot<()> {
        self.0.as_mut().expect("it is off the stack")
    }
}

/// Threads borrow from a pool while one closes what is idle too; so many are interrupted at most.
fn borrow_at_once(places: u32, threads: usize, closes: bool, interrupted: usize) {
    let mut orders = loom::model::Builder::new();
    orders.preemption_bound = Some(interrupted);
    orders.check(move || {
        let size = NonZeroU32::new(places).expect("not zero");
        let pool = Pool::<Units, Stack>::new("pool", Units, PoolOptions::new().with_max_size(size));
        let borrow = |pool: &Pool<Units, Stack>| {
            drop(block_on(pool.lend().without_waiting().checkout()));
        };
        borrow(&pool);
        let others: Vec<_> = (1..threads)
            .map(|_| {
                let pool = pool.clone();
                thread::spawn(move || (0..2).for_each(|_| borrow(&pool)))
            })
            .collect();
        if closes {
            pool.shared.condemn(u64::MAX);
        }
        borrow(&pool);
        others.into_iter().for_each(|other| other.join().expect("no panic"));
        let status = pool.status();
        assert_eq!((status.borrowed, status.idle), (0, status.size));
        assert!(status.size <= places, "{status:?}");
    });
}

#[test]
fn no_more_are_taken_off_the_rack_than_there_are_places() {
    borrow_at_once(2, 3, false, 4);
    borrow_at_once(3, 4, false, 3);
}

#[test]
fn what_is_closed_while_it_is_idle_is_not_in_the_way_of_others() {
    borrow_at_once(2, 3, true, 4);
    borrow_at_once(3, 4, true, 2);
}
