use std::cell::Cell;

use crate::sync::{AtomicU64, Ordering};

/// Counters that every call moves, one set for a few threads, each on cache lines of its own: threads
/// that count do not fight over a line.
#[derive(Debug)]
pub(crate) struct Stripes([Stripe; Stripes::COUNT]);

/// Two lines, because processors fetch lines in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Stripe {
    pub(crate) admitted: AtomicU64,
    pub(crate) refused: AtomicU64,
    /// In the lower bits, how many calls succeeded; in the upper bits, in which generation that may
    /// go on.
    successes: AtomicU64,
}

/// At ten million successes a second and stripe, the count lasts 14 years.
const COUNT_BITS: u32 = 52;
const COUNT: u64 = (1 << COUNT_BITS) - 1;

/// The generation as a stripe keeps it. A thread would have to stand still between two instructions
/// for exactly 4096 generations to take one for another.
const fn mark(generation: u64) -> u64 {
    generation << COUNT_BITS
}

impl Stripe {
    /// Counts a success, if `generation` still lasts. Both are one step, so that the success either
    /// was there when the generation ended or is not counted.
    ///
    /// # Errors
    /// If it is over.
    #[inline]
    pub(crate) fn succeed(&self, generation: u64) -> Result<(), Late> {
        let mut word = self.successes.load(Ordering::Relaxed);
        loop {
            if word & !COUNT != mark(generation) {
                return Err(Late);
            }
            match self.successes.compare_exchange_weak(
                word,
                word + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(()),
                Err(now) => word = now,
            }
        }
    }
}

/// The generation that a success belongs to is over.
#[derive(Debug)]
pub(crate) struct Late;

impl Stripes {
    #[cfg(not(seawall_loom))]
    const COUNT: usize = 16;
    #[cfg(seawall_loom)]
    const COUNT: usize = 2;

    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Stripe::default()))
    }

    /// The stripe of this thread.
    #[inline]
    pub(crate) fn mine(&self) -> &Stripe {
        &self.0[thread_number() % Self::COUNT]
    }

    /// From now on, only successes of `generation` are counted.
    pub(crate) fn begin(&self, generation: u64) {
        for stripe in &self.0 {
            let begin = |word: u64| Some(word & COUNT | mark(generation));
            let _before =
                stripe.successes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, begin);
        }
    }

    pub(crate) fn successes(&self) -> u64 {
        self.sum(|stripe| stripe.successes.load(Ordering::Relaxed) & COUNT)
    }

    pub(crate) fn sum(&self, count: impl Fn(&Stripe) -> u64) -> u64 {
        self.0.iter().map(count).sum()
    }
}

/// Threads are numbered as they come, so the first few have a stripe each.
#[inline]
fn thread_number() -> usize {
    thread_local! {
        static NUMBER: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    #[cold]
    fn take_number() -> usize {
        // The standard library's, whatever the tests run on: a number is not what is tested.
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }
    // A thread that is about to end has no number any more; any will do.
    NUMBER
        .try_with(|number| {
            if number.get() == usize::MAX {
                number.set(take_number());
            }
            number.get()
        })
        .unwrap_or(0)
}
