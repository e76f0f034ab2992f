use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};

use crossbeam_queue::ArrayQueue;

use crate::noted::Noted;

/// What waits to be written: changes, and what calls caused. Each has room of its own, so that a flood
/// of refusals takes no change's place. Adding never waits: the oldest goes where there is no room.
pub(crate) struct Queue {
    changes: Class,
    calls: Class,
    /// The number of events that were added, by which those of both classes are put in order.
    added: AtomicU64,
    /// The writer wants to be woken once as many were added.
    wake_at: AtomicU64,
    /// The numbers of batches that were taken and written.
    begun: AtomicU64,
    done: AtomicU64,
}

struct Class {
    events: ArrayQueue<(u64, Noted)>,
    accepted: AtomicU64,
    /// The writer wants to be woken once as many were accepted.
    wake_at: AtomicU64,
    /// Those that the writer took out to write them.
    taken: AtomicU64,
    /// Those that were taken out and are written or lost for good.
    settled: AtomicU64,
    /// Those for which there was no room, and those that were taken but can never be stored.
    lost: AtomicU64,
    refused: AtomicU64,
    /// The number of waiting events from which on they are crowded, what more there is room for, and the
    /// number of events that are kept then.
    crowded_at: usize,
    spare: usize,
    kept: usize,
    /// True from when they were crowded until no more than those are left.
    is_shrinking: AtomicBool,
}

/// The most events that are removed at once to make room, and the most if there is hardly any left. Calls
/// clone the names that removed events drop, so they wait for each other's cache lines.
const PORTION: usize = 256;
const LARGE_PORTION: usize = 4096;

/// How many events were lost: there was no room for them, or the journal can never store them.
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
        let [added, begun, done] = [0; 3].map(AtomicU64::new);
        let wake_at = AtomicU64::new(u64::MAX);
        Self { changes: Class::new(changes), calls: Class::new(calls), added, wake_at, begun, done }
    }

    /// Adds an event, and returns true if the writer is to be woken. What the writer changes as it takes
    /// events is not read here, so calls do not wait for its cache lines.
    pub(crate) fn push(&self, noted: Noted) -> bool {
        let class = if noted.is_change() { &self.changes } else { &self.calls };
        let number = self.added.fetch_add(1, Ordering::Relaxed) + 1;
        let nth = class.push(number, noted);
        fence(Ordering::SeqCst);
        is_due(&self.wake_at, number) || is_due(&class.wake_at, nth)
    }

    /// Has [`push`](Self::push) say so once `events` wait. They may be there already.
    pub(crate) fn wake_at(&self, events: usize) {
        let removed = self.changes.removed() + self.calls.removed();
        self.wake_at.store(removed.saturating_add(events as u64), Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    /// Returns true if the events of a class are crowded; otherwise [`push`](Self::push) says so when they
    /// are.
    pub(crate) fn is_crowded(&self) -> bool {
        [&self.calls, &self.changes].map(Class::is_crowded).contains(&true)
    }

    /// Removes some of the oldest events of a class that was crowded, so that events to come find room: a call
    /// that has to make room itself takes longer. Returns true if there are more to be removed.
    pub(crate) fn make_room(&self) -> bool {
        [&self.calls, &self.changes].map(Class::make_room).contains(&true)
    }

    /// Ends what was asked of [`push`](Self::push).
    pub(crate) fn never_wake(&self) {
        for wake_at in [&self.wake_at, &self.calls.wake_at, &self.changes.wake_at] {
            wake_at.store(u64::MAX, Ordering::SeqCst);
        }
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
        Lost { changes: self.changes.all_lost(), calls: self.calls.all_lost() }
    }

    /// Counts an event that was taken, but that the journal can never store, as lost.
    pub(crate) fn refuse(&self, is_change: bool) {
        let class = if is_change { &self.changes } else { &self.calls };
        class.refused.fetch_add(1, Ordering::Relaxed);
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

/// Returns true to the first that reaches the number.
fn is_due(wake_at: &AtomicU64, number: u64) -> bool {
    number >= wake_at.load(Ordering::SeqCst) && wake_at.swap(u64::MAX, Ordering::SeqCst) != u64::MAX
}

impl Class {
    fn new(room: usize) -> Self {
        // In a small room, an event that is kept matters more than time.
        let spare = room / 4;
        let crowded_at = if spare == 0 { usize::MAX } else { room - spare };
        let [accepted, taken, settled, lost, refused] = [0; 5].map(AtomicU64::new);
        let (events, wake_at) = (ArrayQueue::new(room.max(1)), AtomicU64::new(u64::MAX));
        let kept = room - spare - spare / 4;
        let is_shrinking = AtomicBool::new(false);
        Self {
            events,
            accepted,
            wake_at,
            taken,
            settled,
            lost,
            refused,
            crowded_at,
            spare,
            kept,
            is_shrinking,
        }
    }

    /// Adds an event, and returns the number of those that were accepted until then.
    fn push(&self, number: u64, noted: Noted) -> u64 {
        let accepted = self.accepted.fetch_add(1, Ordering::AcqRel) + 1;
        if self.events.force_push((number, noted)).is_some() {
            self.lose(1);
        }
        accepted
    }

    fn lose(&self, events: u64) {
        self.lost.fetch_add(events, Ordering::Relaxed);
        self.settled.fetch_add(events, Ordering::Release);
    }

    fn all_lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed) + self.refused.load(Ordering::Relaxed)
    }

    fn take(&self, max: usize, events: &mut Vec<(u64, Noted)>) {
        let before = events.len();
        events.extend(std::iter::from_fn(|| self.events.pop()).take(max));
        self.taken.fetch_add((events.len() - before) as u64, Ordering::Relaxed);
    }

    /// Returns the number of events that do not wait any more.
    fn removed(&self) -> u64 {
        self.taken.load(Ordering::Relaxed) + self.lost.load(Ordering::Relaxed)
    }

    fn is_crowded(&self) -> bool {
        let wake_at = self.removed().saturating_add(self.crowded_at as u64);
        self.wake_at.store(wake_at, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        let is_crowded = self.events.len() >= self.crowded_at;
        self.is_shrinking.store(is_crowded, Ordering::Relaxed);
        is_crowded
    }

    fn make_room(&self) -> bool {
        if !self.is_shrinking.load(Ordering::Relaxed) {
            return false;
        }
        let waiting = self.events.len();
        let surplus = waiting.saturating_sub(self.kept);
        let spare = self.events.capacity() - waiting;
        let portion = if spare < self.spare / 4 { LARGE_PORTION } else { PORTION };
        let removed = std::iter::from_fn(|| self.events.pop()).take(surplus.min(portion)).count();
        self.lose(removed as u64);
        self.is_shrinking.store(surplus > portion, Ordering::Relaxed);
        surplus > portion
    }
}
