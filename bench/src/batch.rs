//! Batches of calls to one subject.

use std::hint::black_box;

/// Makes calls to one subject.
pub trait Batch: Send + Sync {
    /// Makes `calls` calls and returns how many succeeded.
    fn run(&self, calls: u64) -> u64;
}

impl<F: Fn() -> bool + Send + Sync> Batch for F {
    fn run(&self, calls: u64) -> u64 {
        (0..calls).map(|_| u64::from(self())).sum()
    }
}

/// Creates a batch of `call`s; each returns true if it succeeded.
pub fn each(call: impl Fn() -> bool + Send + Sync + 'static) -> Option<Box<dyn Batch>> {
    Some(Box::new(call))
}

/// Runs a batch. Profilers find it by this name.
#[inline(never)]
pub fn counted(batch: &dyn Batch, calls: u64) -> u64 {
    black_box(batch.run(calls))
}
