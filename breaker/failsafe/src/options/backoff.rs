use std::time::Duration;

/// Sets how long a circuit stays open, by the number of times it has opened since it was last closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backoff {
    /// The same time always.
    Fixed(Duration),
    /// `first`, doubled each time, up to `most`. Both in whole seconds, because failsafe ignores
    /// fractions.
    Exponential {
        /// The first time.
        first: Duration,
        /// The maximum time.
        most: Duration,
    },
    /// As `Exponential`, randomly shortened by up to a half, so that many breakers do not try
    /// again at the same time.
    Jittered {
        /// The first time, before it is shortened: two seconds at least.
        first: Duration,
        /// The maximum time.
        most: Duration,
    },
}
