//! What is allocated.

use crate::batch::Batch;

/// So many times a call of `batch` allocates, once it is warm.
pub fn per_call(batch: &dyn Batch, calls: u64) -> f64 {
    batch.run(calls);
    let counted = allocation_counter::measure(|| _ = batch.run(calls));
    counted.count_total as f64 / calls as f64
}

/// So many bytes are there after `make` that were not before, with what it made.
pub fn bytes<T>(make: impl FnOnce() -> T) -> (i64, T) {
    let mut made = None;
    let counted = allocation_counter::measure(|| made = Some(make()));
    (counted.bytes_current, made.expect("made"))
}
