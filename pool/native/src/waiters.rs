use std::iter::successors;
use std::task::Waker;
use std::time::Duration;

use seawall_core::Tick;
use slab::Slab;

/// The waiting checkouts in arrival order. Each is given a resource (`R`), or work (`W`) that may yield
/// one: a permit to connect, or an unfinished connect, reset or close to continue.
///
/// A waiter that leaves from the middle costs no more than the first, and one more costs no allocation
/// where there have been as many before.
pub(crate) struct Waiters<R, W, E> {
    nodes: Slab<Waiter<R, W, E>>,
    first: Option<usize>,
    last: Option<usize>,
    /// Number of waiters without an answer and without work.
    idle: usize,
    /// Number of waiters without work, including those with an answer that they have not taken.
    len: usize,
    /// True while deadlines are in queue order.
    is_sorted: bool,
}

struct Waiter<R, W, E> {
    waker: Waker,
    deadline: Tick,
    limit: UseLimit,
    /// True while it has work, taken or not.
    works: bool,
    work: Option<W>,
    answer: Option<Result<R, E>>,
    before: Option<usize>,
    behind: Option<usize>,
}

/// How long the use of a waiter may take.
#[derive(Clone, Copy)]
pub(crate) struct UseLimit {
    /// The time by which it has to end.
    pub(crate) until: Tick,
    /// Half of the time that its caller had at first.
    pub(crate) half: Duration,
}

/// What a waiter was given.
pub(crate) enum Given<R, W, E> {
    /// The answer; the waiter has left. With it comes work that it had not taken yet.
    Answer(Result<R, E>, Option<W>),
    Work(W),
    Nothing,
}

/// Capacity that is kept after a burst.
const KEPT: usize = 1024;

impl<R, W, E> Waiters<R, W, E> {
    pub(crate) const fn new() -> Self {
        Self { nodes: Slab::new(), first: None, last: None, idle: 0, len: 0, is_sorted: true }
    }

    /// Returns the number of waiters that have no work, including those with an answer that they have not
    /// taken yet.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Returns true if a waiter has neither an answer nor work.
    pub(crate) const fn has_idle(&self) -> bool {
        self.idle > 0
    }

    /// Adds a waiter at the end, or at the front if it is served `next`; `works` if it has work already.
    pub(crate) fn join(
        &mut self,
        waker: Waker,
        deadline: Tick,
        limit: UseLimit,
        works: bool,
        next: bool,
    ) -> usize {
        let (before, behind) = if next { (None, self.first) } else { (self.last, None) };
        let node =
            Waiter { waker, deadline, limit, works, work: None, answer: None, before, behind };
        let ticket = self.nodes.insert(node);
        if self.first.is_none() {
            self.is_sorted = true;
        }
        if let Some(before) = before {
            self.nodes[before].behind = Some(ticket);
            self.is_sorted &= self.nodes[before].deadline <= deadline;
        } else {
            self.first = Some(ticket);
        }
        if let Some(behind) = behind {
            self.nodes[behind].before = Some(ticket);
            self.is_sorted &= deadline <= self.nodes[behind].deadline;
        } else {
            self.last = Some(ticket);
        }
        self.idle += usize::from(!works);
        self.len += usize::from(!works);
        ticket
    }

    /// Returns the limit of the waiter that is served next.
    pub(crate) fn next_limit(&self) -> Option<UseLimit> {
        self.first.map(|ticket| self.nodes[ticket].limit)
    }

    /// Returns the limit of the waiter with this ticket.
    pub(crate) fn limit(&self, ticket: usize) -> UseLimit {
        self.nodes[ticket].limit
    }

    /// Answers the first waiter and returns its waker; if there is none, returns the answer.
    pub(crate) fn answer(&mut self, answer: Result<R, E>) -> Result<Waker, Result<R, E>> {
        match self.first {
            Some(ticket) => Ok(self.answer_at(ticket, answer)),
            None => Err(answer),
        }
    }

    fn answer_at(&mut self, ticket: usize, answer: Result<R, E>) -> Waker {
        self.unlink(ticket);
        let node = &mut self.nodes[ticket];
        node.answer = Some(answer);
        std::mem::replace(&mut node.waker, Waker::noop().clone())
    }

    /// Returns the tickets of the waiters without an answer, in arrival order.
    fn tickets(&self) -> impl Iterator<Item = usize> {
        successors(self.first, |ticket| self.nodes[*ticket].behind)
    }

    /// Answers the waiter with this ticket, whose own work yielded the answer, and returns its waker. Returns
    /// the answer if the waiter has one, or if an earlier waiter has no work.
    pub(crate) fn answer_own(
        &mut self,
        ticket: usize,
        answer: Result<R, E>,
    ) -> Result<Waker, Result<R, E>> {
        let is_next = |other: usize| other == ticket || !self.nodes[other].works;
        let next = self.tickets().find(|other| is_next(*other));
        if self.nodes[ticket].answer.is_some() || next != Some(ticket) {
            return Err(answer);
        }
        Ok(self.answer_at(ticket, answer))
    }

    /// Gives work to the first waiter that has none and returns its waker; if there is none, returns the
    /// work.
    pub(crate) fn give(&mut self, work: W) -> Result<Waker, W> {
        if self.idle == 0 {
            return Err(work);
        }
        let idle = self.tickets().find(|ticket| !self.nodes[*ticket].works);
        let node = &mut self.nodes[idle.expect("BUG: the number of waiters without work is wrong")];
        (node.works, node.work) = (true, Some(work));
        self.idle -= 1;
        self.len -= 1;
        Ok(node.waker.clone())
    }

    /// Takes what the waiter was given; otherwise `waker` will wake it.
    pub(crate) fn claim(&mut self, ticket: usize, waker: &Waker) -> Given<R, W, E> {
        let node = &mut self.nodes[ticket];
        if let Some(answer) = node.answer.take() {
            let node = self.remove(ticket);
            return Given::Answer(answer, node.work);
        }
        if let Some(work) = node.work.take() {
            return Given::Work(work);
        }
        node.waker.clone_from(waker);
        Given::Nothing
    }

    /// Records that the waiter has finished its work.
    pub(crate) fn finish(&mut self, ticket: usize) {
        let node = &mut self.nodes[ticket];
        debug_assert!(node.works && node.work.is_none(), "the work was taken");
        node.works = false;
        self.len += 1;
        self.idle += usize::from(node.answer.is_none());
    }

    /// Takes back all resources that waiters were given and have not taken; they get `answer` instead.
    pub(crate) fn revoke(&mut self, answer: impl Fn() -> E) -> Vec<R> {
        let mut revoked = Vec::new();
        for (_, node) in &mut self.nodes {
            if let Some(Ok(_)) = node.answer
                && let Some(Ok(resource)) = node.answer.replace(Err(answer()))
            {
                revoked.push(resource);
            }
        }
        revoked
    }

    /// Removes a waiter; returns what it was given and has not taken.
    pub(crate) fn leave(&mut self, ticket: usize) -> (Option<Result<R, E>>, Option<W>) {
        if self.nodes[ticket].answer.is_none() {
            self.unlink(ticket);
        }
        let node = self.remove(ticket);
        (node.answer, node.work)
    }

    /// Returns the wakers of the waiters whose deadline has passed, and the next deadline. They stay.
    pub(crate) fn due(&self, now: Tick) -> (Vec<Waker>, Tick) {
        let (mut woken, mut next) = (Vec::new(), Tick::MAX);
        for node in self.tickets().map(|ticket| &self.nodes[ticket]) {
            if node.deadline <= now {
                woken.push(node.waker.clone());
                continue;
            }
            next = next.min(node.deadline);
            if self.is_sorted {
                break;
            }
        }
        (woken, next)
    }

    /// Returns the wakers of all waiters without an answer.
    pub(crate) fn wakers(&self) -> Vec<Waker> {
        self.tickets().map(|ticket| self.nodes[ticket].waker.clone()).collect()
    }

    fn unlink(&mut self, ticket: usize) {
        let Waiter { before, behind, works, .. } = self.nodes[ticket];
        match before {
            Some(before) => self.nodes[before].behind = behind,
            None => self.first = behind,
        }
        match behind {
            Some(behind) => self.nodes[behind].before = before,
            None => self.last = before,
        }
        self.idle -= usize::from(!works);
    }

    fn remove(&mut self, ticket: usize) -> Waiter<R, W, E> {
        let node = self.nodes.remove(ticket);
        self.len -= usize::from(!node.works);
        if self.nodes.is_empty() && self.nodes.capacity() > KEPT {
            self.nodes.shrink_to_fit();
        }
        node
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests;
