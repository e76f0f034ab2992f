//! Counts allocations.

use crate::batch::Batch;

/// Returns the number of allocations per call of a warm `batch`.
pub fn per_call(batch: &dyn Batch, calls: u64) -> f64 {
    batch.run(calls);
    let counted = allocation_counter::measure(|| _ = batch.run(calls));
    counted.count_total as f64 / calls as f64
}

/// Returns the number of bytes that `make` leaves allocated, with its result.
pub fn bytes<T>(make: impl FnOnce() -> T) -> (i64, T) {
    let mut made = None;
    let counted = allocation_counter::measure(|| made = Some(make()));
    (counted.bytes_current, made.expect("made"))
}
