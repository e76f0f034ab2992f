use std::time::Duration;

/// How far from full later takings have found a bucket: a lower bound, in constant memory.
///
/// Exact for the last few; older ones are run together, those that differ least first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sightings {
    seen: [Sighting; Self::MOST],
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Sighting {
    /// The number of the taking.
    number: u64,
    missing: Duration,
}

impl Sightings {
    const MOST: usize = 4;

    pub(crate) const NONE: Self = {
        let none = Sighting { number: 0, missing: Duration::ZERO };
        Self { seen: [none; Self::MOST], len: 0 }
    };

    /// The taking of that number, later than all before, found the bucket so far from full.
    pub(crate) fn add(&mut self, number: u64, missing: Duration) {
        // What was seen before and was more says nothing any more.
        while self.len > 0 && self.seen[self.len - 1].missing >= missing {
            self.len -= 1;
        }
        if self.len == Self::MOST {
            self.run_together();
        }
        self.seen[self.len] = Sighting { number, missing };
        self.len += 1;
    }

    /// The least that any taking after the one of that number has found; `MAX` if there was none.
    pub(crate) fn least_after(&self, number: u64) -> Duration {
        let later = self.seen[..self.len].iter().filter(|seen| seen.number > number);
        later.map(|seen| seen.missing).min().unwrap_or(Duration::MAX)
    }

    /// All takings after the one of that number should have found the bucket fuller by `more`.
    pub(crate) fn correct_after(&mut self, number: u64, more: Duration) {
        for seen in self.seen[..self.len].iter_mut().filter(|seen| seen.number > number) {
            seen.missing = seen.missing.saturating_sub(more);
        }
    }

    /// Makes one of two neighbours: as late as the later, as little as the lesser.
    fn run_together(&mut self) {
        let apart = |at: &usize| self.seen[at + 1].missing.abs_diff(self.seen[*at].missing);
        let closest = (0..self.len - 1).min_by_key(apart).unwrap_or(0);
        self.seen[closest + 1].missing =
            self.seen[closest + 1].missing.min(self.seen[closest].missing);
        self.seen.copy_within(closest + 1..self.len, closest);
        self.len -= 1;
    }
}
