use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_queue::ArrayQueue;
use seawall_core::Interest;

use crate::noted::Noted;

/// What waits to be written: changes, and what calls caused. Each has room of its own, so that a flood
/// of refusals takes no change's place. Adding never waits: the oldest goes where there is no room.
pub(crate) struct Queue {
    changes: Class,
    calls: Class,
    /// The number of the next event, by which both are put in order.
    next: AtomicU64,
    /// The numbers of batches that were taken and written.
    begun: AtomicU64,
    done: AtomicU64,
}

struct Class {
    events: ArrayQueue<(u64, Noted)>,
    accepted: AtomicU64,
    /// Those that were taken out and are written or lost for good.
    settled: AtomicU64,
    lost: AtomicU64,
}

/// How many events were lost because there was no room for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// Changes: of circuits, components, settings and manual control.
    pub changes: u64,
    /// Events of calls.
    pub calls: u64,
}

impl Queue {
    pub(crate) fn new(changes: usize, calls: usize) -> Self {
        let [next, begun, done] = [0; 3].map(AtomicU64::new);
        Self { changes: Class::new(changes), calls: Class::new(calls), next, begun, done }
    }

    /// Adds an event, and returns the number of those that wait.
    pub(crate) fn push(&self, noted: Noted) -> usize {
        let class = match noted.topic.interest() {
            Interest::Infrastructure | Interest::Changes => &self.changes,
            _ => &self.calls,
        };
        class.push(self.next.fetch_add(1, Ordering::Relaxed), noted);
        self.len()
    }

    /// Takes at most `max` events, in their order. They are under way until they are settled.
    pub(crate) fn take(&self, max: usize) -> Batch {
        self.begun.fetch_add(1, Ordering::AcqRel);
        let mut events = Vec::new();
        self.changes.take(max, &mut events);
        let changes = events.len() as u64;
        self.calls.take(max - events.len(), &mut events);
        let calls = events.len() as u64 - changes;
        events.sort_unstable_by_key(|(number, _)| *number);
        let events = events.into_iter().map(|(_, noted)| noted).collect();
        Batch { events, changes, calls }
    }

    /// Counts the batch that was taken last as written, with its numbers of changes and of events of calls.
    pub(crate) fn settle(&self, changes: u64, calls: u64) {
        self.changes.settled.fetch_add(changes, Ordering::Release);
        self.calls.settled.fetch_add(calls, Ordering::Release);
        self.done.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn len(&self) -> usize {
        self.changes.events.len() + self.calls.events.len()
    }

    pub(crate) fn lost(&self) -> Lost {
        Lost {
            changes: self.changes.lost.load(Ordering::Relaxed),
            calls: self.calls.lost.load(Ordering::Relaxed),
        }
    }

    /// Returns what has to be reached for everything that was added until now to be written or lost.
    pub(crate) fn mark(&self) -> Mark {
        let accepted = |class: &Class| class.accepted.load(Ordering::Acquire);
        let begun = self.begun.load(Ordering::Acquire);
        Mark { changes: accepted(&self.changes), calls: accepted(&self.calls), begun }
    }

    pub(crate) fn has_reached(&self, mark: &Mark) -> bool {
        let settled = |class: &Class| class.settled.load(Ordering::Acquire);
        settled(&self.changes) >= mark.changes
            && settled(&self.calls) >= mark.calls
            && self.done.load(Ordering::Acquire) >= mark.begun
    }
}

/// How far the queue has to be written. Numbers of events alone do not tell: while a batch is under way,
/// later events may be lost.
pub(crate) struct Mark {
    changes: u64,
    calls: u64,
    begun: u64,
}

/// Events that were taken out of a queue.
pub(crate) struct Batch {
    pub(crate) events: Vec<Noted>,
    pub(crate) changes: u64,
    pub(crate) calls: u64,
}

impl Class {
    fn new(room: usize) -> Self {
        Self {
            events: ArrayQueue::new(room.max(1)),
            accepted: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }

    fn push(&self, number: u64, noted: Noted) {
        self.accepted.fetch_add(1, Ordering::AcqRel);
        if self.events.force_push((number, noted)).is_some() {
            self.lost.fetch_add(1, Ordering::Relaxed);
            self.settled.fetch_add(1, Ordering::Release);
        }
    }

    fn take(&self, max: usize, events: &mut Vec<(u64, Noted)>) {
        events.extend(std::iter::from_fn(|| self.events.pop()).take(max));
    }
}
