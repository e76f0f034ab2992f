use std::time::Duration;

/// The calls that rates are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RateWindow {
    /// The last `n` calls, one byte each.
    Calls(u32),
    /// The calls of the last `Duration`, in ten buckets that expire one at a time: a call counts for
    /// between nine tenths of it and all of it. Takes constant memory.
    Time(Duration),
}
