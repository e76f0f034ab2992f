use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::Ratio;

/// How long a circuit stays open before it is probed, by the number of times that it has opened since
/// it was last closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    pub(super) base: Base,
    jitter: Ratio,
}

#[derive(Clone)]
pub(super) enum Base {
    Fixed(Duration),
    Exponential { first: Duration, max: Duration },
    Function(Arc<dyn Fn(u32) -> Duration + Send + Sync>),
}

impl Backoff {
    pub(super) const DEFAULT: Duration = Duration::from_secs(5);

    /// Always waits for the same time.
    #[must_use]
    pub const fn fixed(wait: Duration) -> Self {
        Self { base: Base::Fixed(wait), jitter: Ratio::ZERO }
    }

    /// Waits for `first`, and for twice as long each further time, up to `max`.
    #[must_use]
    pub const fn exponential(first: Duration, max: Duration) -> Self {
        Self { base: Base::Exponential { first, max }, jitter: Ratio::ZERO }
    }

    /// Waits for as long as `wait` returns for the attempt, which counts from 0.
    ///
    /// It is called when the circuit opens, when its options change while it is open and when a
    /// snapshot of an open circuit is imported. It must not use the breaker, which is locked meanwhile.
    /// If it panics or returns zero, the circuit stays open for 5 seconds.
    #[must_use]
    pub fn function(wait: impl Fn(u32) -> Duration + Send + Sync + 'static) -> Self {
        Self { base: Base::Function(Arc::new(wait)), jitter: Ratio::ZERO }
    }

    /// Shortens each wait at random by up to the fraction `jitter` of it, so that many breakers do not
    /// probe at once.
    #[must_use]
    pub fn with_jitter(mut self, jitter: Ratio) -> Self {
        self.jitter = jitter;
        self
    }

    /// Returns the wait for this attempt, which is never zero. `random` is evenly distributed.
    pub(crate) fn wait(&self, attempt: u32, random: u64) -> Duration {
        let wait = self.base.wait(attempt);
        // A fraction of at most `jitter`, in parts per million.
        let fraction = u128::from(random % (u64::from(self.jitter.of(1_000_000)) + 1));
        let less = u64::try_from(wait.as_nanos() * fraction / 1_000_000).unwrap_or(u64::MAX);
        wait.saturating_sub(Duration::from_nanos(less)).max(Duration::from_nanos(1))
    }
}

impl Base {
    fn wait(&self, attempt: u32) -> Duration {
        match self {
            Self::Fixed(wait) => *wait,
            Self::Exponential { first, max } => {
                let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
                first.saturating_mul(factor).min(*max)
            }
            // A panic would leave a circuit closed that has to open. Where the call that opens it
            // panics too, a second panic would end the process.
            Self::Function(wait) => {
                let wait = catch_unwind(AssertUnwindSafe(|| wait(attempt)));
                wait.ok().filter(|wait| !wait.is_zero()).unwrap_or(Backoff::DEFAULT)
            }
        }
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(wait) => write!(f, "Fixed({wait:?})"),
            Self::Exponential { first, max } => write!(f, "Exponential({first:?}..={max:?})"),
            Self::Function(_) => f.write_str("Function(…)"),
        }
    }
}

/// Functions are equal if they are the same one.
impl PartialEq for Base {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fixed(one), Self::Fixed(other)) => one == other,
            (
                Self::Exponential { first, max },
                Self::Exponential { first: other_first, max: other_max },
            ) => (first, max) == (other_first, other_max),
            (Self::Function(one), Self::Function(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_doubles_up_to_the_maximum_and_jitter_only_shortens_it() {
        let second = Duration::from_secs(1);
        let jitter = Ratio::percent(10);
        let backoff = Backoff::exponential(second, 5 * second).with_jitter(jitter);
        let waits: Vec<_> = (0..5).map(|attempt| backoff.wait(attempt, 0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        assert_eq!(backoff.wait(u32::MAX, 0), 5 * second);
        for random in [1, 50_000, 99_999, 100_000, 100_001, u64::MAX] {
            let wait = backoff.wait(0, random);
            assert!((Duration::from_millis(900)..=second).contains(&wait), "{random}: {wait:?}");
        }
        assert_eq!(backoff.wait(0, 100_000), Duration::from_millis(900));
    }

    #[test]
    fn a_wait_is_never_zero() {
        let all = Backoff::fixed(Duration::from_secs(1)).with_jitter(Ratio::ONE);
        assert_eq!(all.wait(0, 1_000_000), Duration::from_nanos(1));
        let none = Backoff::function(|_| Duration::ZERO);
        assert_eq!(none.wait(0, 0), Backoff::DEFAULT);
        let for_ever = Backoff::function(|_| Duration::MAX).with_jitter(Ratio::ONE);
        assert!(for_ever.wait(u32::MAX, u64::MAX) > Duration::ZERO);
    }
}
