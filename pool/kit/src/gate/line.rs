use std::task::Waker;

use seawall_core::Tick;
use slab::Slab;

/// Who waits, in the order in which they came. Who leaves from the middle costs no more than the
/// first, and one more costs no allocation where there have been as many before.
pub(super) struct Line<H> {
    nodes: Slab<Node<H>>,
    /// The ends of the list of those who wait.
    first: Option<usize>,
    last: Option<usize>,
    waiting: usize,
    /// Does nobody have an earlier deadline than the one before him?
    is_sorted: bool,
}

struct Node<H> {
    state: State<H>,
    deadline: Tick,
    before: Option<usize>,
    behind: Option<usize>,
}

enum State<H> {
    Waits(Waker),
    /// Was given a place, and what had it before, and has not looked yet.
    Served(Option<H>),
}

impl<H> Line<H> {
    pub(super) const fn new() -> Self {
        Self { nodes: Slab::new(), first: None, last: None, waiting: 0, is_sorted: true }
    }

    /// How many wait, those included who were served and have not looked yet.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Does anyone wait who was not served yet?
    pub(super) const fn has_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Joins the line, with a ticket.
    pub(super) fn join(&mut self, waker: Waker, deadline: Tick) -> usize {
        let (state, before) = (State::Waits(waker), self.last);
        let ticket = self.nodes.insert(Node { state, deadline, before, behind: None });
        match before {
            None => (self.first, self.is_sorted) = (Some(ticket), true),
            Some(before) => {
                self.nodes[before].behind = Some(ticket);
                self.is_sorted &= self.nodes[before].deadline <= deadline;
            }
        }
        self.last = Some(ticket);
        self.waiting += 1;
        ticket
    }

    /// Serves who has waited longest, and says whom to wake; or nobody waits, and the gift is back.
    pub(super) fn serve(&mut self, gift: Option<H>) -> Result<Waker, Option<H>> {
        let Some(ticket) = self.first else { return Err(gift) };
        self.unlink(ticket);
        match std::mem::replace(&mut self.nodes[ticket].state, State::Served(gift)) {
            State::Waits(waker) => Ok(waker),
            State::Served(_) => unreachable!("BUG: served waiter still in the queue"),
        }
    }

    /// What this one was given, if it was served: then it is not in the line any more. Else it is to
    /// be woken by `waker`.
    pub(super) fn claim(&mut self, ticket: usize, waker: &Waker) -> Option<Option<H>> {
        match &mut self.nodes[ticket].state {
            State::Waits(known) => {
                known.clone_from(waker);
                None
            }
            State::Served(_) => self.leave(ticket),
        }
    }

    /// Leaves the line, with what it was given if it was served.
    pub(super) fn leave(&mut self, ticket: usize) -> Option<Option<H>> {
        if matches!(self.nodes.get(ticket)?.state, State::Waits(_)) {
            self.unlink(ticket);
        }
        let node = self.nodes.remove(ticket);
        self.shrink();
        match node.state {
            State::Waits(_) => None,
            State::Served(gift) => Some(gift),
        }
    }

    /// Whom to wake because his deadline has come, and whose is next. They stay in the line.
    pub(super) fn due(&self, now: Tick) -> (Vec<Waker>, Tick) {
        let (mut woken, mut next, mut at) = (Vec::new(), Tick::MAX, self.first);
        while let Some(ticket) = at {
            let node = &self.nodes[ticket];
            match &node.state {
                State::Waits(waker) if node.deadline <= now => woken.push(waker.clone()),
                _ => next = next.min(node.deadline),
            }
            at = node.behind.filter(|_| !(self.is_sorted && node.deadline > now));
        }
        (woken, next)
    }

    /// Takes away, of what those were given who have not looked yet, all that `which` says yes to.
    pub(super) fn remove(&mut self, which: &mut dyn FnMut(&H) -> bool) -> Vec<H> {
        if self.nodes.len() == self.waiting {
            return Vec::new();
        }
        let given = self.nodes.iter_mut().filter_map(|(_, node)| match &mut node.state {
            State::Waits(_) => None,
            State::Served(gift) => gift.take_if(|gift| which(gift)),
        });
        given.collect()
    }

    /// Sends away all who wait, and says whom to wake.
    pub(super) fn clear(&mut self) -> Vec<Waker> {
        let mut woken = Vec::with_capacity(self.waiting);
        while let Some(ticket) = self.first {
            self.unlink(ticket);
            if let State::Waits(waker) = self.nodes.remove(ticket).state {
                woken.push(waker);
            }
        }
        woken
    }

    fn unlink(&mut self, ticket: usize) {
        let Node { before, behind, .. } = self.nodes[ticket];
        match before {
            Some(before) => self.nodes[before].behind = behind,
            None => self.first = behind,
        }
        match behind {
            Some(behind) => self.nodes[behind].before = before,
            None => self.last = before,
        }
        self.waiting -= 1;
    }

    /// A crowd that is gone leaves no room behind.
    fn shrink(&mut self) {
        if self.nodes.is_empty() && self.nodes.capacity() > KEPT {
            self.nodes.shrink_to_fit();
        }
    }
}

/// Room for so many is kept.
const KEPT: usize = 1024;

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_that_is_gone_leaves_no_room_behind_and_a_few_who_come_and_go_do() {
        let mut line = Line::<u8>::new();
        let join = |line: &mut Line<u8>| line.join(Waker::noop().clone(), Tick::MAX);
        let crowd: Vec<_> = (0..=KEPT).map(|_| join(&mut line)).collect();
        let (last, rest) = crowd.split_last().expect("a crowd");
        rest.iter().for_each(|ticket| assert_eq!(line.leave(*ticket), None));
        assert!(line.nodes.capacity() > KEPT, "one of them is there");
        assert_eq!(line.leave(*last), None);
        assert_eq!((line.nodes.capacity(), line.len(), line.has_waiting()), (0, 0, false));
        let one = join(&mut line);
        assert_eq!(line.leave(one), None);
        assert!(line.nodes.capacity() > 0, "who comes next has room");
    }
}
