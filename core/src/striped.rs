use std::marker::PhantomData;

use crate::sync::{AtomicU64, Ordering};

#[cfg(all(test, seawall_loom))]
mod races;
mod thread_slot;

/// Counters that every call changes, kept apart by thread: a plain load and store, without a locked
/// instruction or a cache line that another thread writes.
///
/// `T` is a struct of [`Counter`]s. There are sixteen sets of them: each of the first sixteen threads
/// of a process that count has a set of its own, and passes it on when the thread ends. Further threads
/// share a second set beside each of these, with atomic additions.
///
/// Reading takes no lock. The sum has every count that happened before the read (by a lock, a channel
/// or a join), and perhaps some that happen during it.
///
/// ```
/// use seawall_core::{Counter, StripedCounters};
///
/// #[derive(Default)]
/// struct CallStats {
///     admitted: Counter,
///     refused: Counter,
/// }
///
/// let stats = StripedCounters::<CallStats>::default();
/// stats.local().add(|stats| &stats.admitted);
/// assert_eq!(stats.sum(|stats| stats.admitted.get()), 1);
/// assert_eq!(stats.sum(|stats| stats.refused.get()), 0);
/// ```
#[derive(Debug, Default)]
pub struct StripedCounters<T>([Stripe<T>; STRIPES]);

#[cfg(not(seawall_loom))]
pub(crate) const STRIPES: usize = 16;
#[cfg(seawall_loom)]
pub(crate) const STRIPES: usize = 1;

/// Returns the stripe of this thread, which other threads may share.
#[inline]
pub(crate) fn stripe_of_thread() -> usize {
    thread_slot::claim() % STRIPES
}

/// Two cache lines at least, because processors fetch lines in pairs.
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

impl<T> StripedCounters<T> {
    /// Returns the set that this thread writes.
    #[inline]
    #[must_use]
    pub fn local(&self) -> LocalCounters<'_, T> {
        match self.0.get(thread_slot::get()) {
            Some(stripe) => LocalCounters::new(&stripe.own.0, true),
            None => self.claim(),
        }
    }

    /// Returns the set of a thread that has no slot yet, or shares one.
    #[inline(never)]
    fn claim(&self) -> LocalCounters<'_, T> {
        let slot = thread_slot::claim();
        match self.0.get(slot) {
            Some(stripe) => LocalCounters::new(&stripe.own.0, true),
            None => LocalCounters::new(&self.0[slot % STRIPES].shared.0, false),
        }
    }

    /// Iterates over all sets.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|stripe| [&stripe.own.0, &stripe.shared.0])
    }

    /// Returns the sum of `count` over all sets.
    #[must_use]
    pub fn sum(&self, count: impl Fn(&T) -> u64) -> u64 {
        self.iter().map(count).sum()
    }
}

/// The counters that one thread writes. Neither `Send` nor `Sync`.
#[derive(Debug)]
pub struct LocalCounters<'a, T> {
    set: &'a T,
    /// No other thread writes the set.
    exclusive: bool,
    not_send: PhantomData<*const ()>,
}

impl<'a, T> LocalCounters<'a, T> {
    #[inline]
    fn new(set: &'a T, exclusive: bool) -> Self {
        Self { set, exclusive, not_send: PhantomData }
    }

    /// Adds one to a counter.
    #[inline]
    pub fn add(&self, counter: impl FnOnce(&T) -> &Counter) {
        let Counter(word) = counter(self.set);
        if self.exclusive {
            word.store(word.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        } else {
            word.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Replaces a counter's value by `change` of it. Calls `change` again if another thread wrote the
    /// counter meanwhile; it then sees all that this thread had done before.
    #[inline]
    pub fn update(&self, counter: impl FnOnce(&T) -> &Counter, change: impl Fn(u64) -> u64) {
        let Counter(word) = counter(self.set);
        if self.exclusive {
            word.store(change(word.load(Ordering::Relaxed)), Ordering::Relaxed);
        } else {
            update_shared(word, change);
        }
    }
}

#[inline(never)]
fn update_shared(word: &AtomicU64, change: impl Fn(u64) -> u64) {
    let mut before = word.load(Ordering::Acquire);
    while let Err(now) =
        word.compare_exchange_weak(before, change(before), Ordering::AcqRel, Ordering::Acquire)
    {
        before = now;
    }
}

/// One counter of a [`StripedCounters`] set. Written by the set's thread, through [`LocalCounters`];
/// readable from any thread.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Returns the value.
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
        added: Counter,
        updated: Counter,
    }

    fn count(counters: &StripedCounters<Set>) {
        counters.local().add(|set| &set.added);
        counters.local().update(|set| &set.updated, |before| before + 2);
    }

    fn read(counters: &StripedCounters<Set>) -> [u64; 2] {
        [counters.sum(|set| set.added.get()), counters.sum(|set| set.updated.get())]
    }

    #[test]
    fn no_count_is_lost_by_more_threads_than_there_are_stripes() {
        const THREADS: usize = 3 * STRIPES;
        let (counters, start) = (StripedCounters::default(), Barrier::new(THREADS));
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    // From here on, all threads run at the same time.
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
        let counters = StripedCounters::default();
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
        assert_eq!(size_of::<StripedCounters<Set>>(), STRIPES * 128);
        assert_eq!(align_of::<StripedCounters<Set>>(), 128);
    }
}
