use std::time::Duration;

/// How the wait before each further attempt grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backoff {
    /// `base` each time.
    Fixed,
    /// `base`, and twice as long each further time, up to `max`.
    #[default]
    Exponential,
    /// Random between `base` and three times the last wait, up to `max`. Jitter is part of it.
    Decorrelated,
}

/// How much of a wait is left to chance, so that calls which failed together do not come back together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jitter {
    /// None: the wait is as long as the backoff says.
    None,
    /// All: the wait is random between nothing and what the backoff says.
    #[default]
    Full,
}

/// The shortest wait.
const SHORTEST: Duration = Duration::from_millis(1);

impl Backoff {
    /// Returns the wait before attempt `number`, which is 2 or more, after a wait of `last` before the
    /// attempt before it. At least 1 ms.
    pub(super) fn wait(
        self,
        [base, max]: [Duration; 2],
        jitter: Jitter,
        number: u32,
        last: Duration,
        random: impl Fn() -> u64,
    ) -> Duration {
        let doublings = number.saturating_sub(2).min(31);
        let wait = match self {
            Self::Fixed => base.min(max),
            Self::Exponential => base.saturating_mul(1 << doublings).min(max),
            Self::Decorrelated => {
                let longest = last.max(base).saturating_mul(3).min(max);
                let least = base.min(max);
                return (least + share(longest.saturating_sub(least), random())).max(SHORTEST);
            }
        };
        match jitter {
            Jitter::None => wait,
            Jitter::Full => share(wait, random()),
        }
        .max(SHORTEST)
    }
}

/// Returns a random share of `whole`. `random` is evenly distributed.
pub(crate) fn share(whole: Duration, random: u64) -> Duration {
    let nanos = u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX);
    let product = u128::from(nanos) * u128::from(random);
    Duration::from_nanos(u64::try_from(product >> 64).unwrap_or(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn waits_without_jitter_are_what_the_backoff_says() {
        let waits = |backoff: Backoff| {
            [2, 3, 4, 5, u32::MAX].map(|number| {
                let wait = backoff.wait([25 * MS, 150 * MS], Jitter::None, number, MS, || 0);
                wait.as_millis()
            })
        };
        assert_eq!(waits(Backoff::Fixed), [25; 5]);
        assert_eq!(waits(Backoff::Exponential), [25, 50, 100, 150, 150]);
    }

    #[test]
    fn full_jitter_is_between_a_millisecond_and_the_whole_wait() {
        let wait = |random| {
            Backoff::Exponential.wait([25 * MS, MS * 1000], Jitter::Full, 3, MS, || random)
        };
        assert_eq!(wait(0), MS);
        assert_eq!(wait(u64::MAX / 2).as_millis(), 24);
        assert!(wait(u64::MAX) < 50 * MS && wait(u64::MAX) > 49 * MS);
    }

    #[test]
    fn a_decorrelated_wait_is_between_the_base_and_three_times_the_last_one() {
        let wait = |last, random| {
            Backoff::Decorrelated.wait([10 * MS, 100 * MS], Jitter::Full, 2, last, || random)
        };
        assert_eq!(wait(Duration::ZERO, 0), 10 * MS);
        assert_eq!(wait(Duration::ZERO, u64::MAX).as_millis(), 29);
        assert_eq!(wait(20 * MS, u64::MAX).as_millis(), 59);
        assert_eq!(wait(90 * MS, u64::MAX).as_millis(), 99, "never above the maximum");
        assert_eq!(wait(90 * MS, 0), 10 * MS);
    }
}
