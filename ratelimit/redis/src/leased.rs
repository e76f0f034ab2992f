use seawall_core::Tick;

use crate::sync::{AtomicU64, Ordering};

/// The tokens of the lease that calls take from, without a lock.
///
/// One word has the lease's number and what is left of it, so a call that read the end of an earlier lease
/// cannot take from a later one: its exchange fails.
#[derive(Debug)]
pub(crate) struct Leased {
    /// The number of the lease in the upper half, the tokens left in the lower.
    word: AtomicU64,
    end: AtomicU64,
    /// A call that leaves fewer tokens than this asks for more.
    renew_below: AtomicU64,
    /// A call from this time on asks for more.
    renew_at: AtomicU64,
}

/// Tokens that a call took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The number of the lease.
    pub(crate) number: u32,
    /// True if it is time to ask for the next lease.
    pub(crate) renew: bool,
}

/// When calls ask for the next lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Renew {
    pub(crate) below: u64,
    pub(crate) at: Tick,
}

impl Renew {
    pub(crate) const NEVER: Self = Self { below: 0, at: Tick::MAX };
}

const fn word(number: u32, tokens: u32) -> u64 {
    (number as u64) << 32 | tokens as u64
}

#[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
const fn halves(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}

impl Leased {
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU64::new(0),
            end: AtomicU64::new(0),
            renew_below: AtomicU64::new(0),
            renew_at: AtomicU64::new(u64::MAX),
        }
    }

    /// Takes `cost` tokens, if as many are left and the lease has not ended at `now`.
    #[inline]
    pub(crate) fn take(&self, cost: u32, now: Tick) -> Option<Taken> {
        let mut seen = self.word.load(Ordering::Acquire);
        loop {
            let (number, tokens) = halves(seen);
            let left = tokens.checked_sub(cost)?;
            // Read after the word: it is the end of that lease, or the exchange fails.
            if now.as_nanos() >= self.end.load(Ordering::Acquire) {
                return None;
            }
            let new = word(number, left);
            match self.word.compare_exchange_weak(seen, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => {
                    let renew = u64::from(left) < self.renew_below.load(Ordering::Relaxed)
                        || now.as_nanos() >= self.renew_at.load(Ordering::Relaxed);
                    return Some(Taken { number, renew });
                }
                Err(other) => seen = other,
            }
        }
    }

    /// Gives `cost` tokens back to the lease `number`; returns false if it is not this one.
    pub(crate) fn give_back(&self, number: u32, cost: u32) -> bool {
        let add = |seen| {
            let (current, tokens) = halves(seen);
            (current == number).then(|| word(number, tokens.saturating_add(cost)))
        };
        self.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, add).is_ok()
    }

    /// Takes all tokens, whether the lease has ended or not.
    pub(crate) fn take_all(&self) -> u32 {
        let empty = |seen| Some(word(halves(seen).0, 0));
        let seen = self.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, empty);
        halves(seen.unwrap_or_else(|seen| seen)).1
    }

    /// Has calls take from the lease `number`. Only after [`take_all`](Self::take_all), and by one thread at
    /// a time. Returns the number of the one before, and what was given back to it since then.
    pub(crate) fn put(&self, number: u32, tokens: u32, end: Tick, renew: Renew) -> (u32, u32) {
        // The number changes before the end does: a call that reads the new end with the old number fails.
        let before = halves(self.word.swap(word(number, 0), Ordering::AcqRel));
        self.end.store(end.as_nanos(), Ordering::Release);
        self.set_renew(renew);
        let add = |seen| Some(word(number, halves(seen).1.saturating_add(tokens)));
        let _always = self.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, add);
        before
    }

    /// Sets when calls ask for the next lease.
    pub(crate) fn set_renew(&self, renew: Renew) {
        self.renew_below.store(renew.below, Ordering::Relaxed);
        self.renew_at.store(renew.at.as_nanos(), Ordering::Relaxed);
    }

    /// Returns what is left at `now`.
    pub(crate) fn left(&self, now: Tick) -> u32 {
        let tokens = halves(self.word.load(Ordering::Acquire)).1;
        if now.as_nanos() < self.end.load(Ordering::Acquire) { tokens } else { 0 }
    }

    /// Returns when the lease ends.
    pub(crate) fn end(&self) -> Tick {
        Tick::from_nanos(self.end.load(Ordering::Acquire))
    }
}
