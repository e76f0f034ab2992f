use std::collections::VecDeque;

use super::Counts;
use crate::level::Level;

/// What happened in one second or minute.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) counts: Counts,
    /// The worst level; `None` if no sample was taken.
    pub(crate) level: Option<Level>,
    /// The most permits or connections that were in use.
    pub(crate) used: u64,
    /// The 99th percentile of the minute before its end, in seconds.
    pub(crate) p99: Option<f64>,
}

/// The last slots, the newest last.
#[derive(Debug)]
pub(crate) struct Slots {
    max: usize,
    slots: VecDeque<Slot>,
}

impl Slot {
    /// Adds a later slot.
    pub(crate) fn merge(&mut self, later: &Self) {
        self.counts += later.counts;
        self.level = self.level.max(later.level);
        self.used = self.used.max(later.used);
        self.p99 = later.p99.or(self.p99);
    }
}

impl Slots {
    pub(crate) const fn new(max: usize) -> Self {
        Self { max, slots: VecDeque::new() }
    }

    pub(crate) fn push(&mut self, slot: Slot) {
        if self.slots.len() == self.max {
            self.slots.pop_front();
        }
        self.slots.push_back(slot);
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut Slot> {
        self.slots.back_mut()
    }

    /// Returns the last `count` slots, the newest last.
    pub(crate) fn last(&self, count: usize) -> impl Iterator<Item = &Slot> {
        self.slots.iter().skip(self.slots.len().saturating_sub(count))
    }

    /// Returns the sum of the last `count` slots, and the number of slots that there are of these.
    pub(crate) fn sum(&self, count: usize) -> (Counts, usize) {
        let mut sum = Counts::default();
        self.last(count).for_each(|slot| sum += slot.counts);
        (sum, count.min(self.slots.len()))
    }
}
