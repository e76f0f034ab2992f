use std::fmt;

/// A state machine that a store keeps under one key: what is done to the state in one indivisible step.
///
/// It is written twice, once in Lua for stores that run scripts and once in Rust for all others. Both
/// work on lists of IEEE 754 doubles with the same operations in the same order, so that their results are
/// equal bit for bit.
pub struct Script {
    /// Identifies the script in errors and metrics, and is part of each [`StoreKey`](crate::StoreKey).
    pub name: &'static str,
    /// A chunk of Lua 5.1 that defines `apply(state, now, epoch, born, arguments)`, with lists of
    /// numbers as tables and `nil` for no state. It returns the new state, or `nil` to leave it; the
    /// reply; and the time in milliseconds after which the state may be forgotten.
    pub lua: &'static str,
    /// The same in Rust.
    pub model: fn(Option<&[f64]>, Moment, &[f64]) -> Applied,
}

/// When and where a script runs, as the store knows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The store's time in microseconds since any fixed point.
    pub now: f64,
    /// Identifies the history of the store's data, below 2^53. It changes whenever writes may have been
    /// lost: when the server starts, and when a replica becomes the primary.
    pub epoch: f64,
    /// A time, in microseconds of the store's time, at which this epoch had begun. Later than the true
    /// beginning if that is not known.
    pub born: f64,
}

/// What a script did.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The new state; `None` to leave the state as it was.
    pub state: Option<Vec<f64>>,
    /// The answer to the caller.
    pub reply: Vec<f64>,
    /// The time in milliseconds after which the state may be forgotten.
    pub keep_ms: f64,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("name", &self.name).finish_non_exhaustive()
    }
}
