//! Text keys in an unpredictable order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seawall_bench::Batch;

/// The keys, in memory in the order in which they are checked, as a request's key is in the cache
/// when it is checked: only the limiter is measured.
pub struct Keys(Vec<String>);

impl Keys {
    /// Creates `user-0` and so on, always shuffled in the same way.
    pub fn new(count: usize) -> Arc<Self> {
        let mut order: Vec<usize> = (0..count).collect();
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        for end in (1..count).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            order.swap(end, (random % (end as u64 + 1)) as usize);
        }
        Arc::new(Self(order.into_iter().map(Self::name).collect()))
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    fn name(number: usize) -> String {
        format!("user-{number}")
    }

    /// Returns all keys in another order than that of the checks. Otherwise the limiter's own data
    /// would lie in memory in the order of the checks too.
    pub fn fresh(&self) -> impl Iterator<Item = String> {
        (0..self.count()).map(Self::name)
    }

    /// Creates a batch that calls `check` with the next key. The start depends on `turn`, so that
    /// no subject finds in the caches what the previous one has read.
    pub fn each(
        self: Arc<Self>,
        turn: usize,
        check: impl Fn(&String) -> bool + Send + Sync + 'static,
    ) -> Box<dyn Batch> {
        let at = AtomicUsize::new(turn * self.count() / TURNS);
        Box::new(Walk { keys: self, at, check })
    }
}

/// More than the number of subjects.
const TURNS: usize = 8;

struct Walk<F> {
    keys: Arc<Keys>,
    at: AtomicUsize,
    check: F,
}

impl<F: Fn(&String) -> bool + Send + Sync> Batch for Walk<F> {
    fn run(&self, calls: u64) -> u64 {
        let keys = &self.keys.0;
        let mut at = self.at.load(Ordering::Relaxed);
        let mut through = 0;
        for _ in 0..calls {
            through += u64::from((self.check)(&keys[at]));
            at += 1;
            if at == keys.len() {
                at = 0;
            }
        }
        self.at.store(at, Ordering::Relaxed);
        through
    }
}
