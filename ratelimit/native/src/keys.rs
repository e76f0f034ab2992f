use std::collections::HashMap;

use seawall_core::{KeyHash, KeyRoom, Tick};

use crate::KeyOverflow;
use crate::act::Act;
use crate::any_meter::AnyMeter;
use crate::any_shard::{AnyShard, SharedMeter};
use crate::first_key::{FirstKey, Ranks};
use crate::meter::First;
use crate::part::Part;
use crate::shard::{Here, New};
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, lock};

mod room;
#[cfg(test)]
mod tests;

/// The counts of a rule's keys, each found by the hash of its key.
///
/// They are in many small shards, so that threads seldom meet and no call does much at a time. There
/// are as many shards as the kept keys need: see [`Part`].
#[derive(Debug)]
pub(crate) struct Keys {
    chunks: boxcar::Vec<Box<Chunk>>,
    shards: AtomicUsize,
    room: KeyRoom,
    /// In the order of [`First`].
    first: [FirstKey; 2],
    /// Held while the shards or their rule change.
    changing: Mutex<SharedMeter>,
}

/// Some shards that are allocated together.
#[derive(Debug)]
struct Chunk {
    ranks: [Ranks; CHUNK],
    shards: [Mutex<Held>; CHUNK],
}

const CHUNK: usize = 16;

#[derive(Debug)]
struct Held {
    part: Part,
    shard: AnyShard,
}

/// There is no room for one more key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRoom {
    /// When a key that is kept will be idle, and have its place free.
    pub(crate) until: Tick,
}

/// Keys in a shard on average, at which one is split: few enough that this takes microseconds.
const KEYS_A_SHARD: u64 = 512;

impl Chunk {
    fn new(meter: &SharedMeter) -> Self {
        let shard = |_| Mutex::new(Held { part: Part::ALL, shard: AnyShard::new(meter) });
        Self { ranks: std::array::from_fn(|_| Ranks::new()), shards: std::array::from_fn(shard) }
    }
}

impl Keys {
    pub(crate) fn new(meter: &AnyMeter, max: u32, overflow: KeyOverflow) -> Self {
        let room = KeyRoom::new(max.into(), overflow);
        let meter = SharedMeter::new(meter, room.evicts());
        let chunks = boxcar::Vec::new();
        chunks.push(Box::new(Chunk::new(&meter)));
        Self {
            chunks,
            shards: AtomicUsize::new(1),
            room,
            first: [FirstKey::new(), FirstKey::new()],
            changing: Mutex::new(meter),
        }
    }

    pub(crate) fn room(&self) -> &KeyRoom {
        &self.room
    }

    /// Does `act` to the count of `key`.
    ///
    /// # Errors
    /// If it has none, and there is no room for one.
    #[inline]
    pub(crate) fn apply<A: Act>(
        &self,
        key: KeyHash,
        act: &A,
        now: Tick,
    ) -> Result<A::Outcome, NoRoom> {
        match self.with(key.halves().0, |shard| shard.apply(key, act)) {
            Some(outcome) => Ok(outcome),
            None => self.apply_to_new(key, act, now),
        }
    }

    /// Does `act` to the count of the key whose hash has this lower half.
    pub(crate) fn apply_to_half<A: Act>(&self, half: u64, act: &A) -> Option<A::Outcome> {
        self.with(half, |shard| shard.apply_to_half(half, act))
    }

    /// Counts `key` by `own` from now on, or as all others again.
    pub(crate) fn set_own(&self, key: KeyHash, own: Option<&AnyMeter>, now: Tick) {
        self.with(key.halves().0, |shard| shard.set_own(key, own, now, &self.room));
    }

    /// Counts all keys by `meter` from now on, but for those with limits of their own; these by `own`,
    /// if the algorithm is another. What they spent is kept. One shard after another, so that no call
    /// waits for long; where nothing changes for keys, this looks at none.
    pub(crate) fn change(
        &self,
        meter: &AnyMeter,
        own: &HashMap<KeyHash, AnyMeter>,
        (max, overflow): (u32, KeyOverflow),
        now: Tick,
    ) {
        let mut shared = lock(&self.changing);
        self.room.change(max.into(), overflow);
        let new = SharedMeter::new(meter, self.room.evicts());
        if new == *shared {
            return;
        }
        *shared = new;
        for index in 0..self.shards.load(Ordering::Acquire) {
            let mut held = self.lock(index);
            held.shard.change(&shared, own, now, &self.room);
            self.publish(index, &held.shard);
            self.finish(index, held);
        }
        self.first.iter().for_each(FirstKey::lower);
    }

    /// Runs `act` on the shard that has the key whose hash has this lower half.
    #[inline]
    fn with<T>(&self, half: u64, act: impl FnOnce(&mut AnyShard) -> T) -> T {
        loop {
            let index = Part::find(half, self.shards.load(Ordering::Acquire));
            let mut held = self.lock(index);
            // Else it was split since.
            if held.part.has(half) {
                let result = act(&mut held.shard);
                self.finish(index, held);
                return result;
            }
        }
    }

    /// Runs `act` on the shard at `index`, which may have forgotten keys then.
    fn in_shard<T>(&self, index: usize, act: impl FnOnce(&mut AnyShard) -> T) -> T {
        let mut held = self.lock(index);
        let result = act(&mut held.shard);
        self.finish(index, held);
        result
    }

    /// Unlocks the shard at `index`, and wakes the calls whose time has come.
    #[inline]
    fn finish(&self, index: usize, mut held: MutexGuard<'_, Held>) {
        if held.shard.take_news() {
            self.publish(index, &held.shard);
        }
        if let Some(wakes) = held.shard.take_wakes() {
            drop(held);
            wakes.wake();
        }
    }

    #[inline]
    fn lock(&self, index: usize) -> MutexGuard<'_, Held> {
        lock(&self.chunks[index / CHUNK].shards[index % CHUNK])
    }

    #[inline]
    fn ranks(&self, index: usize) -> &Ranks {
        &self.chunks[index / CHUNK].ranks[index % CHUNK]
    }

    /// Has other calls know which keys of the shard at `index` can be forgotten first.
    #[cold]
    fn publish(&self, index: usize, shard: &AnyShard) {
        for first in [First::Idle, First::Usable] {
            if self.ranks(index).set(first, shard.least(first)) {
                self.first[first as usize].lower();
            }
        }
    }

    /// Splits a shard if there are too many keys for those that there are.
    fn grow(&self) {
        let shards = self.shards.load(Ordering::Relaxed);
        if self.room.kept() <= KEYS_A_SHARD * shards as u64 {
            return;
        }
        // Another thread does it, or it is done with the next key.
        let Ok(shared) = self.changing.try_lock() else { return };
        let shards = self.shards.load(Ordering::Relaxed);
        if shards.is_multiple_of(CHUNK) {
            self.chunks.push(Box::new(Chunk::new(&shared)));
        }
        let (split, [stays, goes]) = Part::next_split(shards);
        let mut old = self.lock(split);
        let shard = old.shard.split(|half| goes.has(half));
        old.part = stays;
        let mut new = self.lock(shards);
        *new = Held { part: goes, shard };
        // Calls that find the old shard without their key find the new one.
        self.shards.store(shards + 1, Ordering::Release);
        self.publish(shards, &new.shard);
        self.publish(split, &old.shard);
    }
}
