use std::time::Duration;

use seawall_core::pool::PoolOptions;
use seawall_core::{Clock, Tick};

use crate::chance::Chance;
use crate::reason::Reason;

/// How old resources become, and how long they may be idle.
pub(crate) struct Ages {
    max_lifetime: Option<Duration>,
    max_idle_time: Option<Duration>,
    jitter_percent: u8,
}

/// How old one may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Age {
    /// When it is too old.
    ends_at: Tick,
    /// For how long it may be idle.
    idle_time: Option<Duration>,
    /// Since when it is idle, if that matters.
    idle_since: Tick,
}

impl Age {
    /// Of one that never ends.
    pub(crate) const NONE: Self =
        Self { ends_at: Tick::MAX, idle_time: None, idle_since: Tick::ZERO };

    /// It is idle from the time on that `now` says.
    pub(crate) fn begin_idle(&mut self, now: impl FnOnce() -> Tick) {
        if self.idle_time.is_some() {
            self.idle_since = now();
        }
    }

    /// Is it too old at `now`, if it has been idle up to then?
    pub(crate) fn is_over(&self, now: Tick) -> Option<Reason> {
        if now >= self.ends_at {
            return Some(Reason::TooOld);
        }
        let idle_time = self.idle_time?;
        (now.since(self.idle_since) >= idle_time).then_some(Reason::IdleTooLong)
    }
}

impl Ages {
    pub(crate) fn new(options: &PoolOptions) -> Self {
        let PoolOptions { max_lifetime, max_idle_time, jitter_percent, .. } = *options;
        Self { max_lifetime, max_idle_time, jitter_percent }
    }

    /// Does any resource ever become too old?
    pub(crate) fn matter(&self) -> bool {
        self.max_lifetime.is_some() || self.max_idle_time.is_some()
    }

    /// The age of one that is made now. Reads the clock if that matters.
    pub(crate) fn of_new(&self, clock: &Clock, chance: &Chance) -> Age {
        if !self.matter() {
            return Age::NONE;
        }
        let now = clock.now();
        let shorten = |time| chance.shorten(time, self.jitter_percent);
        Age {
            ends_at: self.max_lifetime.map_or(Tick::MAX, |lifetime| now + shorten(lifetime)),
            idle_time: self.max_idle_time.map(shorten),
            idle_since: now,
        }
    }

    /// How long to wait between looks for those that are too old: a quarter of what they may become,
    /// within reason.
    pub(crate) fn look_every(&self) -> Option<Duration> {
        let shortest = self.max_lifetime.into_iter().chain(self.max_idle_time).min()?;
        Some((shortest / 4).clamp(Duration::from_millis(1), Duration::from_secs(30)))
    }
}

#[cfg(all(test, not(seawall_loom)))]
mod tests {
    use seawall_testkit::ManualClock;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn without_limits_nothing_ends() {
        let ages = Ages::new(&PoolOptions::new());
        assert!(!ages.matter());
        let age = ages.of_new(&ManualClock::new().clock(), &Chance::of(|| 0));
        assert_eq!((age, age.is_over(Tick::from_millis(1 << 40))), (Age::NONE, None));
        assert_eq!(ages.look_every(), None);
    }

    #[test]
    fn one_ends_at_its_lifetime_and_not_a_moment_before() {
        let options = PoolOptions::new().with_max_lifetime(60 * SECOND).with_jitter_percent(0);
        let time = ManualClock::new();
        time.advance(SECOND);
        let age = Ages::new(&options).of_new(&time.clock(), &Chance::of(|| u64::MAX));
        let end = Tick::ZERO + 61 * SECOND;
        assert_eq!(age.is_over(Tick::ZERO + (61 * SECOND - Duration::from_nanos(1))), None);
        assert_eq!(age.is_over(end), Some(Reason::TooOld));
    }

    #[test]
    fn idle_time_counts_from_when_it_came_back() {
        let options = PoolOptions::new().with_max_idle_time(10 * SECOND).with_jitter_percent(0);
        let time = ManualClock::new();
        let mut age = Ages::new(&options).of_new(&time.clock(), &Chance::of(|| 0));
        age.begin_idle(|| Tick::ZERO + 5 * SECOND);
        assert_eq!(age.is_over(Tick::ZERO + 14 * SECOND), None);
        assert_eq!(age.is_over(Tick::ZERO + 15 * SECOND), Some(Reason::IdleTooLong));
    }

    #[test]
    fn looks_come_four_times_in_the_shortest_of_them() {
        let options = PoolOptions::new().with_max_lifetime(60 * SECOND);
        assert_eq!(Ages::new(&options).look_every(), Some(15 * SECOND));
        let options = options.with_max_idle_time(8 * SECOND);
        assert_eq!(Ages::new(&options).look_every(), Some(2 * SECOND));
        let options = options.with_max_idle_time(Duration::ZERO);
        assert_eq!(Ages::new(&options).look_every(), Some(Duration::from_millis(1)));
        let options = PoolOptions::new().with_max_lifetime(Duration::MAX);
        assert_eq!(Ages::new(&options).look_every(), Some(30 * SECOND));
    }
}
