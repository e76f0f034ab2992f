use std::collections::{BTreeMap, BTreeSet};
use std::task::Waker;

use super::Denied;

/// Who waits for a place, and what there is to know under the gate's lock.
pub(super) struct Queue {
    places: u32,
    pub(super) is_closed: bool,
    next_ticket: u64,
    /// Who waits, in the order in which they came.
    waiting: BTreeMap<u64, Waker>,
    /// Who was given a place and has not looked yet.
    served: BTreeSet<u64>,
    /// Who wants to hear of it when the gate closes, and then of each that leaves.
    listening: BTreeMap<u64, Waker>,
    /// How much there was to hear so far.
    news: u64,
}

impl Queue {
    pub(super) fn of(places: u32) -> Self {
        Self {
            places,
            is_closed: false,
            next_ticket: 0,
            waiting: BTreeMap::new(),
            served: BTreeSet::new(),
            listening: BTreeMap::new(),
            news: 0,
        }
    }

    pub(super) fn try_enter(&mut self, free: &mut i64) -> Result<(), Denied> {
        if self.is_closed {
            return Err(Denied::Closed);
        }
        if *free <= 0 || !self.waiting.is_empty() {
            return Err(Denied::Full);
        }
        *free -= 1;
        Ok(())
    }

    /// Joins the queue, and says with which ticket.
    pub(super) fn join(&mut self, waker: &Waker) -> u64 {
        let ticket = self.ticket();
        self.waiting.insert(ticket, waker.clone());
        ticket
    }

    /// Is it this one's turn? Then its ticket is used up.
    pub(super) fn claim(&mut self, ticket: u64, waker: &Waker) -> bool {
        if let Some(waits) = self.waiting.get_mut(&ticket) {
            waits.clone_from(waker);
        }
        self.served.remove(&ticket)
    }

    /// Leaves the queue. A place that it was given is free again.
    pub(super) fn give_up(&mut self, ticket: u64, free: &mut i64) {
        self.waiting.remove(&ticket);
        if self.served.remove(&ticket) {
            *free += 1;
        }
    }

    /// Hands free places to who waits, and says who is to be woken.
    pub(super) fn serve(&mut self, free: &mut i64) -> Vec<Waker> {
        if self.is_closed {
            self.news += 1;
            let all = std::mem::take(&mut self.waiting).into_values();
            return all.chain(std::mem::take(&mut self.listening).into_values()).collect();
        }
        let mut woken = Vec::new();
        while *free > 0
            && let Some((ticket, waker)) = self.waiting.pop_first()
        {
            *free -= 1;
            self.served.insert(ticket);
            woken.push(waker);
        }
        woken
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len() + self.served.len()
    }

    /// Must who enters or leaves come here?
    pub(super) fn needs_guard(&self) -> bool {
        self.is_closed || self.has_waiting()
    }

    /// Changes how many places there are, and says by how many.
    pub(super) fn resize(&mut self, places: u32) -> i64 {
        let more = i64::from(places) - i64::from(self.places);
        self.places = places;
        more
    }

    pub(super) fn taken(&self, free: i64) -> u32 {
        u32::try_from(i64::from(self.places) - free).unwrap_or(0)
    }

    pub(super) fn news(&self) -> u64 {
        self.news
    }

    /// Listens for news, and says with which ticket.
    pub(super) fn listen(&mut self, ticket: Option<u64>, waker: &Waker) -> u64 {
        let ticket = ticket.unwrap_or_else(|| self.ticket());
        self.listening.insert(ticket, waker.clone());
        ticket
    }

    pub(super) fn stop_listening(&mut self, ticket: u64) {
        self.listening.remove(&ticket);
    }

    fn ticket(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket
    }
}
