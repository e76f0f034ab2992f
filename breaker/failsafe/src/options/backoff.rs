use std::time::Duration;

/// How long a circuit stays open before it is probed, by how often it has opened since it was last
/// closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backoff {
    /// The same time always.
    Fixed(Duration),
    /// `first`, then twice as long each time, up to `most`. Both in whole seconds, since failsafe
    /// counts no others.
    Exponential {
        /// The first time.
        first: Duration,
        /// The longest.
        most: Duration,
    },
    /// As `Exponential`, but up to half of it is taken away by chance, so that many breakers do not
    /// probe at once.
    Jittered {
        /// The first time, before chance: two seconds at least, so that some of it is left.
        first: Duration,
        /// The longest.
        most: Duration,
    },
}
