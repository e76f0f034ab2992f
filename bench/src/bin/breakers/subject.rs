//! A breaker, and calls through it.

use std::hint::black_box;

pub type Subject = seawall_bench::Subject<Situation>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    Closed,
    Open,
}

/// An operation that succeeds, opaque to the compiler.
#[inline(always)]
pub fn work() -> Result<u64, u64> {
    if black_box(true) { Ok(1) } else { Err(2) }
}
