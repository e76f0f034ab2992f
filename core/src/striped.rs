use std::marker::PhantomData;

use crate::sync::{AtomicU64, Ordering};

#[cfg(all(test, seawall_loom))]
mod races;
mod seat;

/// Counters that every call moves, kept apart by thread, so that counting is a plain load and store:
/// no locked instruction, and no cache line that another thread writes.
///
/// There are sixteen sets. Each of the first sixteen threads of a process that count anything has
/// one to itself, and hands it on when it ends. Further threads share a second set beside each of
/// these, with atomic additions. `T` is a set: a struct of [`Count`]s.
///
/// A set is read without a lock: who reads sees what was counted before, by whatever told it so
/// (a lock, a channel, a join), and perhaps some of what is counted now.
///
/// ```
/// use seawall_core::{Count, Striped};
///
/// #[derive(Default)]
/// struct Books {
///     admitted: Count,
///     refused: Count,
/// }
///
/// let books = Striped::<Books>::default();
/// books.mine().add(|books| &books.admitted);
/// assert_eq!(books.sum(|books| books.admitted.get()), 1);
/// assert_eq!(books.sum(|books| books.refused.get()), 0);
/// ```
#[derive(Debug, Default)]
pub struct Striped<T>([Stripe<T>; STRIPES]);

#[cfg(not(seawall_loom))]
pub(crate) const STRIPES: usize = 16;
#[cfg(seawall_loom)]
pub(crate) const STRIPES: usize = 2;

/// Where this thread counts: below [`STRIPES`] where no other does.
#[inline]
pub(crate) fn seat() -> usize {
    seat::take()
}

/// Two lines at least, because processors fetch lines in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Stripe<T> {
    /// Written by one thread at a time.
    own: Line<T>,
    shared: Line<T>,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Line<T>(T);

impl<T> Striped<T> {
    /// The set of this thread.
    #[inline]
    #[must_use]
    pub fn mine(&self) -> Mine<'_, T> {
        match self.0.get(seat::mine()) {
            Some(stripe) => Mine::new(&stripe.own.0, true),
            None => self.elsewhere(),
        }
    }

    /// The set of a thread that is new, or that shares one.
    #[inline(never)]
    fn elsewhere(&self) -> Mine<'_, T> {
        let seat = seat::take();
        match self.0.get(seat) {
            Some(stripe) => Mine::new(&stripe.own.0, true),
            None => Mine::new(&self.0[seat % STRIPES].shared.0, false),
        }
    }

    /// All sets.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|stripe| [&stripe.own.0, &stripe.shared.0])
    }

    /// The sum of `count` over all sets.
    #[must_use]
    pub fn sum(&self, count: impl Fn(&T) -> u64) -> u64 {
        self.iter().map(count).sum()
    }
}

/// The set of the thread that asked for it, and of no other: it stays there.
#[derive(Debug)]
pub struct Mine<'a, T> {
    set: &'a T,
    /// Nobody else writes it.
    alone: bool,
    /// Neither `Send` nor `Sync`.
    here: PhantomData<*const ()>,
}

impl<'a, T> Mine<'a, T> {
    #[inline]
    fn new(set: &'a T, alone: bool) -> Self {
        Self { set, alone, here: PhantomData }
    }

    /// Counts one more.
    #[inline]
    pub fn add(&self, count: impl FnOnce(&T) -> &Count) {
        let Count(word) = count(self.set);
        if self.alone {
            word.store(word.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        } else {
            word.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Makes of a count what `change` says; asks again if another thread was faster.
    #[inline]
    pub fn update(&self, count: impl FnOnce(&T) -> &Count, change: impl Fn(u64) -> u64) {
        let Count(word) = count(self.set);
        if self.alone {
            word.store(change(word.load(Ordering::Relaxed)), Ordering::Relaxed);
        } else {
            update_shared(word, change);
        }
    }
}

#[inline(never)]
fn update_shared(word: &AtomicU64, change: impl Fn(u64) -> u64) {
    let mut before = word.load(Ordering::Relaxed);
    while let Err(now) =
        word.compare_exchange_weak(before, change(before), Ordering::Relaxed, Ordering::Relaxed)
    {
        before = now;
    }
}

/// A number in a set of [`Striped`] counters. Whose it is changes it, through [`Mine`]; anyone
/// reads it.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// What it is now.
    #[inline]
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[derive(Default)]
    struct Set {
        added: Count,
        updated: Count,
    }

    fn count(counters: &Striped<Set>) {
        counters.mine().add(|set| &set.added);
        counters.mine().update(|set| &set.updated, |before| before + 2);
    }

    fn read(counters: &Striped<Set>) -> [u64; 2] {
        [counters.sum(|set| set.added.get()), counters.sum(|set| set.updated.get())]
    }

    #[test]
    fn no_count_is_lost_by_more_threads_than_there_are_stripes() {
        const THREADS: usize = 3 * STRIPES;
        let (counters, start) = (Striped::default(), Barrier::new(THREADS));
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    // From here on, all of them have a place at the same time.
                    count(&counters);
                    start.wait();
                    (1..1000).for_each(|_| count(&counters));
                    start.wait();
                });
            }
        });
        assert_eq!(read(&counters), [48_000, 96_000]);
    }

    #[test]
    fn no_count_is_lost_when_threads_come_and_go() {
        let counters = Striped::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        std::thread::scope(|scope| scope.spawn(|| count(&counters)).join())
                            .expect("no panic");
                    }
                });
            }
        });
        assert_eq!(read(&counters), [400, 800]);
    }

    #[test]
    fn a_set_is_alone_on_its_lines() {
        assert_eq!(size_of::<Striped<Set>>(), STRIPES * 128);
        assert_eq!(align_of::<Striped<Set>>(), 128);
    }
}
