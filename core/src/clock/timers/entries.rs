use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Duration;

use slab::Slab;

use crate::Tick;
use crate::shared_timer::TimerSetting;

/// The timers of one list, by key.
pub(super) struct Entries {
    slab: Slab<Entry>,
    /// How often the slab was replaced.
    epoch: u32,
    /// Entries of earlier slabs that were few in a slab that had grown large.
    older: BTreeMap<Key, Entry>,
    pub(super) wanted: TimerSetting,
    /// Until the next scan, each timer that is polled has to ask for its time again.
    is_forgotten: bool,
}

/// The place of an entry: of which slab, and where in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    epoch: u32,
    index: u32,
}

impl Key {
    fn new(epoch: u32, index: usize) -> Self {
        let index = u32::try_from(index).expect("BUG: more timers than memory holds");
        Self { epoch, index }
    }
}

pub(super) struct Entry {
    at: Tick,
    /// Taken when the timer expires.
    waker: Option<Waker>,
}

/// A slab with no more slots than this is never replaced.
const MIN_SLOTS: usize = 64;

impl Default for Entries {
    fn default() -> Self {
        Self {
            slab: Slab::new(),
            epoch: 0,
            older: BTreeMap::new(),
            wanted: TimerSetting::NONE,
            is_forgotten: false,
        }
    }
}

impl Entries {
    pub(super) fn insert(&mut self, at: Tick, waker: Waker) -> Key {
        let index = self.slab.insert(Entry { at, waker: Some(waker) });
        Key::new(self.epoch, index)
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Entry> {
        if key.epoch == self.epoch {
            return self.slab.try_remove(key.index as usize);
        }
        self.older.remove(&key)
    }

    fn get_mut(&mut self, key: Key) -> Option<&mut Entry> {
        match key.epoch == self.epoch {
            true => self.slab.get_mut(key.index as usize),
            false => self.older.get_mut(&key),
        }
    }

    /// Returns the waker of a timer; `None` once it has expired.
    pub(super) fn waker_mut(&mut self, key: Key) -> Option<&mut Waker> {
        self.get_mut(key)?.waker.as_mut()
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.slab.iter_mut().map(|(_, entry)| entry).chain(self.older.values_mut())
    }

    /// Takes the wakers of the timers that are due at `now`, and sets the wanted time to that of the
    /// next, but not so early that scans would take most of the time. Also returns a slab that is not
    /// used any more, to be dropped outside the lock.
    pub(super) fn take_due(&mut self, now: Tick, per_entry: Duration) -> (Vec<Waker>, Slab<Entry>) {
        let (mut due, mut next) = (Vec::new(), Tick::MAX);
        for Entry { at, waker } in self.iter_mut() {
            match waker {
                Some(_) if *at <= now => due.extend(waker.take()),
                Some(_) => next = next.min(*at),
                None => {}
            }
        }
        let backoff = per_entry * u32::try_from(self.len()).unwrap_or(u32::MAX);
        self.wanted.change(next.max(now + backoff));
        self.is_forgotten = false;
        (due, self.shrink())
    }

    /// Replaces a slab that has many more slots than entries: each scan visits all slots, and a slab
    /// shrinks only down to its last entry.
    fn shrink(&mut self) -> Slab<Entry> {
        if self.slab.capacity() <= MIN_SLOTS.max(4 * self.slab.len()) {
            return Slab::new();
        }
        let mut large = std::mem::take(&mut self.slab);
        let indices: Vec<usize> = large.iter().map(|(index, _)| index).collect();
        for index in indices {
            self.older.insert(Key::new(self.epoch, index), large.remove(index));
        }
        self.epoch = self.epoch.wrapping_add(1);
        large
    }

    /// Returns the number of slots that a scan visits.
    #[cfg(test)]
    pub(super) fn slots(&self) -> usize {
        self.slab.capacity() + self.older.len()
    }

    /// Returns the number of timers.
    pub(super) fn len(&self) -> usize {
        self.slab.len() + self.older.len()
    }

    /// Wants no time any more, and returns all wakers.
    pub(super) fn forget_setting(&mut self) -> Vec<Waker> {
        self.wanted.change(Tick::MAX);
        self.is_forgotten = true;
        self.iter_mut().filter_map(|entry| entry.waker.clone()).collect()
    }

    /// Asks again for a timer's time if the wanted time was forgotten; returns true if the shared timer
    /// must be set.
    pub(super) fn restore_setting(&mut self, key: Key) -> bool {
        if !self.is_forgotten {
            return false;
        }
        let at = self.get_mut(key).map_or(Tick::MAX, |entry| entry.at);
        self.wanted.advance(at)
    }
}
