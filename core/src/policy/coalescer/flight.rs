use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use super::Outcome;
use super::flights::Flights;
use crate::KeyHash;
use crate::shared_timer::wake_each;
use crate::sync::{Mutex, lock};

/// What a caller does.
pub(super) enum Role<'f, T, E> {
    /// Runs its operation, which no other caller waits for.
    Alone,
    /// Nothing: too many wait.
    Refused,
    /// Waits for the outcome, or for its turn to lead.
    Joined(Joined<'f, T, E>),
}

/// What a caller that waited has to do.
pub(super) enum Flight<T, E> {
    /// Take this outcome.
    Landed(Outcome<T, E>),
    /// Run its operation: no caller leads any more.
    Leads,
}

/// The callers of one key.
pub(super) struct Seats<T, E> {
    is_led: bool,
    outcome: Option<Outcome<T, E>>,
    callers: u64,
    /// In no particular order: any of them may lead. Empty where a caller was woken and not polled since.
    waiting: Slab<Option<Waker>>,
}

impl<T, E> Default for Seats<T, E> {
    fn default() -> Self {
        Self { is_led: false, outcome: None, callers: 0, waiting: Slab::new() }
    }
}

impl<T, E> Seats<T, E> {
    /// Takes a caller in, unless as many follow as may.
    pub(super) fn join(&mut self, max_followers: u32) -> bool {
        let has_room = self.callers <= max_followers.into();
        self.callers += u64::from(has_room);
        has_room
    }

    /// Returns the waker of a caller that can lead, if no caller leads and one is needed.
    fn next_leader(&mut self) -> Option<Waker> {
        let needed = !self.is_led && self.outcome.is_none();
        let mut waiting = self.waiting.iter_mut().filter(|_| needed);
        waiting.find_map(|(_, waker)| waker.take())
    }
}

/// A caller of a key. Dropping it makes room for another leader.
pub(super) struct Joined<'f, T, E> {
    flights: &'f Flights<T, E>,
    key: KeyHash,
    seats: Arc<Mutex<Seats<T, E>>>,
    waits: Option<usize>,
    leads: bool,
}

impl<'f, T, E> Joined<'f, T, E> {
    pub(super) const fn new(
        flights: &'f Flights<T, E>,
        key: KeyHash,
        seats: Arc<Mutex<Seats<T, E>>>,
    ) -> Self {
        Self { flights, key, seats, waits: None, leads: false }
    }

    /// Returns the outcome once it is there, or makes this caller the leader if there is none.
    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<Flight<T, E>> {
        // A waker is code of others, which must not run under the lock.
        let mut waker = Some(cx.waker().clone());
        let mut seats = lock(&self.seats);
        if let Some(outcome) = &seats.outcome {
            return Poll::Ready(Flight::Landed(Arc::clone(outcome)));
        }
        if !seats.is_led {
            seats.is_led = true;
            self.leads = true;
            if let Some(waits) = self.waits.take() {
                seats.waiting.try_remove(waits);
            }
            return Poll::Ready(Flight::Leads);
        }
        match self.waits.and_then(|waits| seats.waiting.get_mut(waits)) {
            Some(known) => std::mem::swap(known, &mut waker),
            None => self.waits = Some(seats.waiting.insert(waker.take())),
        }
        drop(seats);
        Poll::Pending
    }

    /// Gives the outcome to all callers that wait.
    pub(super) fn land(&self, outcome: &Outcome<T, E>) {
        let waiting = self.flights.act(self.key, &self.seats, |seats| {
            seats.outcome = Some(Arc::clone(outcome));
            (true, std::mem::take(&mut seats.waiting))
        });
        wake_each(waiting.into_iter().filter_map(|(_, waker)| waker));
    }
}

impl<T, E> Drop for Joined<'_, T, E> {
    fn drop(&mut self) {
        let (next, _unused) = self.flights.act(self.key, &self.seats, |seats| {
            seats.callers = seats.callers.saturating_sub(1);
            seats.is_led &= !self.leads;
            let unused = self.waits.and_then(|waits| seats.waiting.try_remove(waits));
            (seats.callers == 0, (seats.next_leader(), unused))
        });
        wake_each(next);
    }
}
