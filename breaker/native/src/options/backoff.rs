use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::Ratio;

/// How long a circuit stays open before it is probed, by how often it has opened since it was last
/// closed: the first time is attempt 0.
#[derive(Clone)]
pub enum Backoff {
    /// The same time always.
    Fixed(Duration),
    /// `first`, then twice as long each time, up to `most`; shortened by up to `jitter` of it at
    /// random, so that many breakers do not probe at once.
    Exponential {
        /// The first time.
        first: Duration,
        /// The longest.
        most: Duration,
        /// How much of it chance may take away.
        jitter: Ratio,
    },
    /// Whatever the function says of the attempt. It is asked when the circuit opens, and when its
    /// options change while it is open. It must not use the breaker, which is locked meanwhile. If it
    /// panics, the circuit stays open for the default time.
    By(Arc<dyn Fn(u32) -> Duration + Send + Sync>),
}

impl Backoff {
    pub(super) const DEFAULT: Duration = Duration::from_secs(5);

    /// How long for this attempt; `chance` is evenly spread over all numbers.
    pub(crate) fn wait(&self, attempt: u32, chance: u64) -> Duration {
        match self {
            Self::Fixed(wait) => *wait,
            Self::Exponential { first, most, jitter } => {
                let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
                let wait = first.saturating_mul(factor).min(*most);
                // A part of a million of `jitter`, in the same unit.
                let share = jitter.of(1_000_000) as u64;
                let less = wait.as_nanos() * u128::from(chance % (share + 1)) / 1_000_000;
                wait.saturating_sub(Duration::from_nanos(u64::try_from(less).unwrap_or(u64::MAX)))
            }
            // A panic here would leave closed what has to open; and where the call that opens it has
            // panicked too, it would end the process.
            Self::By(wait) => {
                catch_unwind(AssertUnwindSafe(|| wait(attempt))).unwrap_or(Self::DEFAULT)
            }
        }
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(wait) => write!(f, "Fixed({wait:?})"),
            Self::Exponential { first, most, jitter } => {
                write!(f, "Exponential({first:?}..={most:?}, jitter {jitter:?})")
            }
            Self::By(_) => f.write_str("By(…)"),
        }
    }
}

/// Functions are equal if they are the same one.
impl PartialEq for Backoff {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fixed(one), Self::Fixed(other)) => one == other,
            (
                Self::Exponential { first, most, jitter },
                Self::Exponential { first: first_2, most: most_2, jitter: jitter_2 },
            ) => (first, most, jitter) == (first_2, most_2, jitter_2),
            (Self::By(one), Self::By(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_most_and_chance_only_shortens_it() {
        let second = Duration::from_secs(1);
        let jitter = Ratio::percent(10);
        let backoff = Backoff::Exponential { first: second, most: 5 * second, jitter };
        let waits: Vec<_> = (0..5).map(|attempt| backoff.wait(attempt, 0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        assert_eq!(backoff.wait(u32::MAX, 0), 5 * second);
        for chance in [1, 50_000, 99_999, 100_000, 100_001, u64::MAX] {
            let wait = backoff.wait(0, chance);
            assert!((Duration::from_millis(900)..=second).contains(&wait), "{chance}: {wait:?}");
        }
        assert_eq!(backoff.wait(0, 100_000), Duration::from_millis(900));
    }
}
