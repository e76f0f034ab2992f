use std::time::Duration;

use seawall_core::Tick;

use crate::sample::Sample;

/// The calls of a length of time in tenths: constant memory and constant time, whatever the traffic.
///
/// Successes are not counted here: each thread adds them to a sum that never shrinks, and a tenth has
/// the sum at its beginning. So a success only has to check that the tenth is still the same.
#[derive(Debug)]
pub(super) struct TimeWindow {
    /// A tenth, in nanoseconds.
    tenth: u64,
    tenths: [Tenth; SLOTS],
    /// The number of the newest tenth, from the clock's origin.
    newest: u64,
}

const TENTHS: usize = 10;
const SLOTS: usize = 10;

#[derive(Clone, Copy, Debug, Default)]
struct Tenth {
    failures: u64,
    slow: u64,
    /// The number of all successes when this tenth began.
    successes_before: u64,
}

impl TimeWindow {
    pub(super) fn new(length: Duration, now: Tick, successes: u64) -> Self {
        let tenth = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX) / TENTHS as u64;
        let mut window = Self { tenth: tenth.max(1), tenths: Default::default(), newest: 0 };
        window.clear(now, successes);
        window
    }

    pub(super) fn clear(&mut self, now: Tick, successes: u64) {
        let empty = Tenth { successes_before: successes, ..Tenth::default() };
        (self.tenths, self.newest) = ([empty; SLOTS], self.number(now));
    }

    /// Sets the number of successes that came before any of these tenths.
    pub(super) fn rebase(&mut self, successes: u64) {
        for tenth in &mut self.tenths {
            tenth.successes_before = successes;
        }
    }

    /// Begins the tenths up to `now`. Threads read the clock before they take the lock, so an older time
    /// counts as the newest.
    pub(super) fn roll(&mut self, now: Tick, successes: u64) {
        let number = self.number(now);
        if number.saturating_sub(self.newest) >= TENTHS as u64 {
            return self.clear(now, successes);
        }
        while self.newest < number {
            self.newest += 1;
            let empty = Tenth { successes_before: successes, ..Tenth::default() };
            *self.at_mut(self.newest) = empty;
        }
    }

    pub(super) fn record(&mut self, failed: bool, slow: bool) {
        let tenth = self.at_mut(self.newest);
        tenth.failures += u64::from(failed);
        tenth.slow += u64::from(slow);
    }

    /// Returns when the next tenth begins.
    pub(super) fn next(&self) -> Tick {
        Tick::from_nanos((self.newest + 1).saturating_mul(self.tenth))
    }

    /// Returns the calls that count at `now`, and changes nothing.
    pub(super) fn sample(&self, now: Tick, successes: u64) -> Sample {
        let number = self.number(now).max(self.newest);
        // The oldest of the ten tenths that are kept, or the oldest that still counts.
        let oldest = (self.newest + 1).saturating_sub(TENTHS as u64);
        let from = (number + 1).saturating_sub(TENTHS as u64).max(oldest);
        let live = (from..=self.newest).map(|number| self.tenths[slot(number)]);
        let mut sample = Sample::default();
        let mut before = None;
        for tenth in live {
            before = before.or(Some(tenth.successes_before));
            sample.failures += tenth.failures;
            sample.slow += tenth.slow;
        }
        let recent = before.map_or(0, |before| successes.saturating_sub(before));
        sample.calls = sample.failures + recent;
        sample
    }

    fn number(&self, at: Tick) -> u64 {
        at.as_nanos() / self.tenth
    }

    fn at_mut(&mut self, number: u64) -> &mut Tenth {
        &mut self.tenths[slot(number)]
    }
}

fn slot(number: u64) -> usize {
    usize::try_from(number % TENTHS as u64).unwrap_or(0)
}
