//! Calls of one thing.

use std::hint::black_box;

/// Calls of one thing that is measured.
pub trait Batch: Send + Sync {
    /// Makes so many and says how many came through.
    fn run(&self, calls: u64) -> u64;
}

impl<F: Fn() -> bool + Send + Sync> Batch for F {
    fn run(&self, calls: u64) -> u64 {
        (0..calls).map(|_| u64::from(self())).sum()
    }
}

/// Each call is `call`, which says whether it came through.
pub fn each(call: impl Fn() -> bool + Send + Sync + 'static) -> Option<Box<dyn Batch>> {
    Some(Box::new(call))
}

/// By this name, a tool knows what to count.
#[inline(never)]
pub fn counted(batch: &dyn Batch, calls: u64) -> u64 {
    black_box(batch.run(calls))
}
