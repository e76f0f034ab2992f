use std::sync::PoisonError;
use std::task::Waker;

use crate::sync::{AtomicI64, Mutex, MutexGuard, Ordering};

mod news;
mod queue;
mod turn;

pub(crate) use self::news::News;
use self::queue::Queue;
pub(crate) use self::turn::Turn;

/// The places of a pool, and the queue of those who wait for one: first come, first served.
///
/// How many places are free is one number, and who finds some free and nobody waiting changes only
/// that. As soon as anyone waits, or the gate is closed, the number is guarded by the queue's lock.
pub(crate) struct Gate {
    /// Twice the number of free places, below zero while a gate that was made smaller is overfull;
    /// plus one if it is [`GUARDED`].
    state: AtomicI64,
    queue: Mutex<Queue>,
    max_waiting: usize,
}

/// Only who holds the lock may change the number of free places.
const GUARDED: i64 = 1;
const PLACE: i64 = 2;

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// All are taken, or spoken for; or the queue for them is full.
    Full,
    /// There are none any more.
    Closed,
}

impl Gate {
    /// So many places, for which `max_waiting` may wait.
    pub(crate) fn new(places: u32, max_waiting: Option<u32>) -> Self {
        let max_waiting = max_waiting.and_then(|most| usize::try_from(most).ok());
        Self {
            state: AtomicI64::new(i64::from(places) * PLACE),
            queue: Mutex::new(Queue::of(places)),
            max_waiting: max_waiting.unwrap_or(usize::MAX),
        }
    }

    /// Takes a place if one is free and nobody waits for it.
    pub(crate) fn try_enter(&self) -> Result<(), Denied> {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & GUARDED == 0 {
            if state < PLACE {
                return Err(Denied::Full);
            }
            match self.state.compare_exchange_weak(
                state,
                state - PLACE,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
        self.guarded(Queue::try_enter)
    }

    /// Takes a place as soon as it is this one's turn.
    pub(crate) fn enter(&self) -> Turn<'_> {
        Turn::new(self)
    }

    /// Gives a place back, to who has waited longest. Is the gate closed?
    pub(crate) fn leave(&self) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & GUARDED == 0 {
            match self.state.compare_exchange_weak(
                state,
                state + PLACE,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return false,
                Err(now) => state = now,
            }
        }
        self.guarded(|queue, free| {
            *free += 1;
            queue.is_closed
        })
    }

    /// Is anyone waiting for a place that none was given yet?
    pub(crate) fn has_queue(&self) -> bool {
        self.state.load(Ordering::Relaxed) & GUARDED != 0 && self.lock().has_waiting()
    }

    /// How many wait, those included who were given a place and have not looked yet.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().waiting()
    }

    /// Changes how many places there are.
    pub(crate) fn resize(&self, places: u32) {
        self.guarded(|queue, free| *free += queue.resize(places));
    }

    /// Lets nobody in any more, and tells all who wait.
    pub(crate) fn close(&self) {
        self.guarded(|queue, _| queue.is_closed = true);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(Ordering::Relaxed) & GUARDED != 0 && self.lock().is_closed
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> u32 {
        let queue = self.lock();
        queue.taken(self.state.load(Ordering::Relaxed) >> 1)
    }

    /// What has happened up to now, to hear of what happens from now on.
    pub(crate) fn news(&self) -> News<'_> {
        News::from_now(self)
    }

    /// Lets `act` change the queue and the number of free places, then serves who waits.
    fn guarded<T>(&self, act: impl FnOnce(&mut Queue, &mut i64) -> T) -> T {
        let mut queue = self.lock();
        let mut free = self.state.fetch_or(GUARDED, Ordering::AcqRel) >> 1;
        let answer = act(&mut queue, &mut free);
        let woken = queue.serve(&mut free);
        let guard = if queue.needs_guard() { GUARDED } else { 0 };
        self.state.store(free * PLACE + guard, Ordering::Release);
        drop(queue);
        woken.into_iter().for_each(Waker::wake);
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll};

    use super::*;

    fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn there_are_so_many_places_and_no_more() {
        let gate = Gate::new(2, None);
        assert_eq!([(); 3].map(|()| gate.try_enter()), [Ok(()), Ok(()), Err(Denied::Full)]);
        assert_eq!(gate.taken(), 2);
        assert!(!gate.leave());
        assert_eq!(gate.try_enter(), Ok(()));
    }

    #[test]
    fn a_place_goes_to_who_has_waited_longest_and_not_to_a_newcomer() {
        let gate = Gate::new(1, None);
        gate.try_enter().expect("free");
        let (mut first, mut second) = (gate.enter(), gate.enter());
        assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
        gate.leave();
        assert_eq!(gate.try_enter(), Err(Denied::Full));
        assert!(poll(&mut second).is_pending());
        assert_eq!(poll(&mut first), Poll::Ready(Ok(())));
        assert_eq!(gate.waiting(), 1);
        gate.leave();
        assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
        gate.leave();
        assert_eq!((gate.waiting(), gate.taken(), gate.has_queue()), (0, 0, false));
    }

    #[test]
    fn who_goes_away_with_a_place_he_never_saw_hands_it_on() {
        let gate = Gate::new(1, None);
        gate.try_enter().expect("free");
        let (mut first, mut second) = (gate.enter(), gate.enter());
        assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
        gate.leave();
        drop(first);
        assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
    }

    #[test]
    fn a_full_queue_takes_no_more() {
        let gate = Gate::new(1, Some(1));
        gate.try_enter().expect("free");
        let mut waiting = gate.enter();
        assert!(poll(&mut waiting).is_pending());
        assert_eq!(poll(&mut gate.enter()), Poll::Ready(Err(Denied::Full)));
        drop(waiting);
        assert!(poll(&mut gate.enter()).is_pending());
    }

    #[test]
    fn no_cycle_of_sizes_makes_a_place_more_or_less() {
        let gate = Gate::new(16, None);
        (0..16).for_each(|_| gate.try_enter().expect("free"));
        for _ in 0..5 {
            gate.resize(1);
            gate.resize(16);
        }
        assert_eq!((gate.try_enter(), gate.taken()), (Err(Denied::Full), 16));
        gate.resize(2);
        for _ in 0..14 {
            gate.leave();
            assert_eq!(gate.try_enter(), Err(Denied::Full), "it is still overfull");
        }
        gate.leave();
        assert_eq!((gate.try_enter(), gate.taken()), (Ok(()), 2));
    }

    #[test]
    fn growing_serves_who_waits() {
        let gate = Gate::new(1, None);
        gate.try_enter().expect("free");
        let mut waiting = [gate.enter(), gate.enter(), gate.enter()];
        waiting.iter_mut().for_each(|turn| assert!(poll(turn).is_pending()));
        gate.resize(3);
        let served = waiting.each_mut().map(|turn| poll(turn).is_ready());
        assert_eq!(served, [true, true, false]);
    }

    #[test]
    fn closing_sends_everyone_away_and_is_heard() {
        let gate = Gate::new(1, None);
        gate.try_enter().expect("free");
        let mut waiting = gate.enter();
        let mut news = gate.news();
        assert!(poll(&mut waiting).is_pending() && poll(&mut news).is_pending());
        gate.close();
        assert!(gate.is_closed());
        assert_eq!(poll(&mut waiting), Poll::Ready(Err(Denied::Closed)));
        assert!(poll(&mut news).is_ready());
        assert_eq!(gate.try_enter(), Err(Denied::Closed));
        let mut news = gate.news();
        assert!(poll(&mut news).is_pending());
        assert!(gate.leave(), "it is closed");
        assert!(poll(&mut news).is_ready());
        assert_eq!(gate.taken(), 0);
    }
}
