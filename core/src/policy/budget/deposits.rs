use std::cell::Cell;

use crate::{Counter, LocalCounters, StripedCounters};

/// The successes of first attempts, by the slot of time that they are counted in. Each thread counts in
/// cells of its own.
#[derive(Debug, Default)]
pub(super) struct Deposits(StripedCounters<Cells>);

/// The slots for which a deposit counts, the current one included.
pub(super) const SLOTS: u64 = 10;

/// One thread's counts.
#[derive(Debug, Default)]
struct Cells {
    /// The slot that is counted in, and its count.
    current: Counter,
    /// Earlier ones, by slot modulo the length.
    earlier: [Counter; 16],
    /// What was counted in slots whose cell is used again.
    retired: Counter,
}

impl Deposits {
    /// Counts a success in `slot`.
    pub(super) fn add(&self, slot: u32) {
        let local = self.0.local();
        let found = Cell::new(0);
        let is_current = |word| word != 0 && slot.wrapping_sub(slot_of(word)) == 0;
        local.update(
            |cells| &cells.current,
            |word| {
                found.set(word);
                if is_current(word) { increased(word) } else { first_of(slot) }
            },
        );
        if !is_current(found.get()) {
            store(&local, found.get());
        }
    }

    /// Counts a success at a time that is not known: in the slot of the last reading of the clock, which is
    /// `read` for one success of eight. A slot that is too early only makes the success expire early.
    #[inline]
    pub(super) fn add_now(&self, read: impl Fn() -> u32) {
        let local = self.0.local();
        let found = Cell::new(0);
        local.update(
            |cells| &cells.current,
            |word| {
                found.set(word);
                if is_due(word) { word } else { word + 1 }
            },
        );
        if is_due(found.get()) {
            self.add(read());
        }
    }

    /// Returns the number of successes that count in `slot`.
    pub(super) fn recent(&self, slot: u32) -> u64 {
        let counts = |word: &u64| u64::from(slot.wrapping_sub(slot_of(*word))) < SLOTS;
        self.0.sum(|cells| cells.words().filter(counts).map(|word| word & COUNT).sum())
    }

    /// Returns the number of all successes that were counted.
    pub(super) fn total(&self) -> u64 {
        self.0
            .sum(|cells| cells.words().map(|word| word & COUNT).sum::<u64>() + cells.retired.get())
    }
}

impl Cells {
    fn words(&self) -> impl Iterator<Item = u64> {
        self.earlier.iter().chain([&self.current]).map(Counter::get)
    }
}

/// Stores the count of a slot that is over.
#[cold]
fn store(local: &LocalCounters<'_, Cells>, over: u64) {
    let retired = Cell::new(0);
    local.update(
        |cells| &cells.earlier[slot_of(over) as usize % 16],
        |word| match slot_of(over).wrapping_sub(slot_of(word)) {
            0 => {
                retired.set(0);
                word.saturating_add(over & COUNT)
            }
            // The cell is of an earlier slot.
            1..=0x7FFF_FFFF => {
                retired.set(word & COUNT);
                over
            }
            // It is of a later one, so these have expired.
            _ => {
                retired.set(over & COUNT);
                word
            }
        },
    );
    if retired.get() > 0 {
        local.update(|cells| &cells.retired, |count| count + retired.get());
    }
}

// A cell has the slot in its upper half, and the count in the lower one.

/// The bits of a cell that count.
const COUNT: u64 = 0xFFFF_FFFF;

#[inline]
fn slot_of(word: u64) -> u32 {
    super::low_half(word >> 32)
}

fn first_of(slot: u32) -> u64 {
    u64::from(slot) << 32 | 1
}

/// Counts one more, up to a number that no thread reaches within a slot.
fn increased(word: u64) -> u64 {
    if word & COUNT == COUNT { word } else { word + 1 }
}

/// Returns true if the clock has to be read before one more is counted.
#[inline]
fn is_due(current: u64) -> bool {
    current % 8 == 7 || current == 0
}
