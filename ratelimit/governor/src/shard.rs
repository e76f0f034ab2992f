use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use seawall_core::{KeyHash, Tick};

use crate::cell::Cell;

/// A part of the cells of a rule, with a maximum number.
#[derive(Debug)]
pub(crate) struct Shard {
    cells: HashMap<u64, Keyed, BuildHasherDefault<Evenly>>,
    cap: usize,
    /// How often tokens were taken: the number of the last taking.
    takings: u64,
    /// When looking for full cells again will be worth it.
    reclaim_at: Tick,
    scratch: Vec<Tick>,
}

/// The cell of one key. The map finds it by one half of the key's hash; this is the other.
#[derive(Debug)]
struct Keyed {
    other_half: u64,
    cell: Cell,
}

/// Why a key has no cell of its own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl Shard {
    pub(crate) fn new(cap: usize) -> Self {
        Self {
            cells: HashMap::default(),
            cap,
            takings: 0,
            reclaim_at: Tick::ZERO,
            scratch: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The bucket that a call with `key` would be counted in at `now`.
    pub(crate) fn peek(&mut self, key: KeyHash, now: Tick) -> Result<Cell, NoRoom> {
        let (half, other_half) = halves(key);
        match self.cells.get(&half) {
            Some(keyed) if keyed.other_half == other_half => Ok(keyed.cell),
            Some(_) => Err(NoRoom),
            None if self.cells.len() < self.cap => Ok(Cell::FULL),
            None => self.reclaim(now).map(|()| Cell::FULL),
        }
    }

    /// Asks `decide` about the bucket of `key` as of the time `at`: given how far it is from being
    /// full, how far will it be? Only a yes is written down, so refused keys take no room. Returns
    /// the taking's number.
    pub(crate) fn ask<T, E>(
        &mut self,
        key: KeyHash,
        (now, at): (Tick, Tick),
        decide: impl FnOnce(Option<Duration>) -> Result<(T, Duration), E>,
    ) -> Result<Result<(T, u64), E>, NoRoom> {
        let (half, other_half) = halves(key);
        if self.cells.len() >= self.cap && !self.cells.contains_key(&half) {
            self.reclaim(now)?;
        }
        let entry = self.cells.entry(half);
        let mut cell = match &entry {
            Entry::Occupied(known) if known.get().other_half != other_half => return Err(NoRoom),
            Entry::Occupied(known) => known.get().cell,
            Entry::Vacant(_) => Cell::FULL,
        };
        Ok(decide(cell.missing(at)).map(|(answer, missing)| {
            self.takings += 1;
            cell.take(self.takings, at, missing);
            entry.insert_entry(Keyed { other_half, cell });
            (answer, self.takings)
        }))
    }

    /// Refunds to the bucket of `key`, if it has one: else it is full.
    pub(crate) fn refund(&mut self, key: KeyHash, now: Tick, time: Duration) -> Result<(), NoRoom> {
        let (half, other_half) = halves(key);
        match self.cells.get_mut(&half) {
            Some(keyed) if keyed.other_half == other_half => keyed.cell.refund(time),
            _ => self.peek(key, now).map(|_full| ())?,
        }
        Ok(())
    }

    /// Forgets the bucket of `key`, if it has one.
    pub(crate) fn reset(&mut self, key: KeyHash) {
        let (half, other_half) = halves(key);
        if let Entry::Occupied(known) = self.cells.entry(half)
            && known.get().other_half == other_half
        {
            known.remove();
        }
    }

    /// Gives back to the bucket that is found by `half` of its key's hash.
    pub(crate) fn give_back(&mut self, half: u64, number: u64, time: Duration) {
        if let Some(keyed) = self.cells.get_mut(&half) {
            keyed.cell.give_back(number, time);
        }
    }

    /// Forgets full buckets, which loses nothing. If that frees little, it is not tried again until
    /// an eighth of the cells could have filled, so a flood of new keys costs a few steps per call.
    fn reclaim(&mut self, now: Tick) -> Result<(), NoRoom> {
        if now < self.reclaim_at {
            return Err(NoRoom);
        }
        self.cells.retain(|_, keyed| !keyed.cell.is_full(now));
        let worthwhile = self.cap.div_ceil(8);
        let free = self.cap - self.cells.len();
        if free < worthwhile {
            self.scratch.clear();
            self.scratch.extend(self.cells.values().map(|keyed| keyed.cell.full_at()));
            let (_, nth, _) = self.scratch.select_nth_unstable(worthwhile - free - 1);
            self.reclaim_at = *nth;
        }
        if free == 0 { Err(NoRoom) } else { Ok(()) }
    }
}

/// The half that finds the cell, and the half that makes sure.
pub(crate) const fn halves(key: KeyHash) -> (u64, u64) {
    #[allow(clippy::cast_possible_truncation, reason = "the other half is taken too")]
    (key.as_u128() as u64, (key.as_u128() >> 64) as u64)
}

/// Hashes what is a hash already.
#[derive(Debug, Default)]
pub(crate) struct Evenly(u64);

impl Hasher for Evenly {
    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("only halves of hashes are keys here");
    }

    fn write_u64(&mut self, half: u64) {
        self.0 = half;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
