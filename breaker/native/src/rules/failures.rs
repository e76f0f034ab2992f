use std::collections::VecDeque;
use std::time::Duration;

use seawall_core::Tick;

/// The last failures, as many as open the circuit: exact, in constant memory, and in constant time per
/// failure on average.
#[derive(Debug)]
pub(super) struct FailureWindow {
    /// When each failure stops to count. It may have happened before the clock began, in a process that
    /// has ended since.
    until: VecDeque<Tick>,
    /// Older failures that still count, which a lower limit has left out. A later limit may need them.
    left_out: Box<[Tick]>,
    limit: usize,
    length: Duration,
}

impl FailureWindow {
    pub(super) fn new(limit: u32, length: Duration) -> Self {
        let limit = limit as usize;
        Self { until: VecDeque::with_capacity(limit), left_out: Box::default(), limit, length }
    }

    /// Records a failure at `now`. Keeps the last ones if there are more than open the circuit: an
    /// observing breaker may see any number.
    pub(super) fn record(&mut self, now: Tick) {
        self.expire(now);
        if self.until.len() == self.limit {
            self.until.pop_front();
        }
        // Threads read the clock before they get here, so one may come with an older time.
        let until = now + self.length;
        let until = self.until.back().map_or(until, |last| until.max(*last));
        self.until.push_back(until);
    }

    /// Returns true if as many failures count at `now` as open the circuit.
    pub(super) fn is_reached(&mut self, now: Tick) -> bool {
        self.expire(now);
        self.until.len() >= self.limit
    }

    /// Returns the number of failures that count at `now`.
    pub(super) fn count(&self, now: Tick) -> usize {
        self.until.iter().filter(|until| **until > now).count()
    }

    /// Returns true if no failure counts at `now`.
    pub(super) fn is_over(&self, now: Tick) -> bool {
        self.until.back().or(self.left_out.last()).is_none_or(|until| *until <= now)
    }

    pub(super) fn clear(&mut self) {
        self.until.clear();
        self.left_out = Box::default();
    }

    /// Takes over the failures that `before` counts, and those that its limit has left out.
    pub(super) fn inherit(&mut self, before: &Self, now: Tick) {
        let all = before.left_out.iter().chain(&before.until);
        self.restore(&before.ages_of(all, now), now);
    }

    /// Returns the ages of the failures that count at `now`.
    pub(super) fn ages(&self, now: Tick) -> Vec<Duration> {
        self.ages_of(self.until.iter(), now)
    }

    fn ages_of<'t>(&self, failures: impl Iterator<Item = &'t Tick>, now: Tick) -> Vec<Duration> {
        let counting = failures.filter(|until| **until > now);
        counting.map(|until| self.length.saturating_sub(until.since(now))).collect()
    }

    /// Counts failures of these ages: the last ones, and fewer than open the circuit. The others are
    /// left out.
    pub(super) fn restore(&mut self, ages: &[Duration], now: Tick) {
        let mut left: Vec<_> =
            ages.iter().filter_map(|age| self.length.checked_sub(*age)).collect();
        left.retain(|left| !left.is_zero());
        left.sort_unstable();
        let (left_out, kept) = left.split_at(left.len().saturating_sub(self.limit - 1));
        self.left_out = left_out.iter().map(|left| now + *left).collect();
        self.until.clear();
        self.until.extend(kept.iter().map(|left| now + *left));
    }

    fn expire(&mut self, now: Tick) {
        while self.until.front().is_some_and(|first| *first <= now) {
            self.until.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(limit: u32, millis: u64) -> FailureWindow {
        FailureWindow::new(limit, Duration::from_millis(millis))
    }

    #[test]
    fn a_failure_as_old_as_the_window_no_longer_counts() {
        let mut window = window(2, 10);
        window.record(Tick::from_millis(0));
        assert_eq!(window.count(Tick::from_millis(9)), 1);
        assert_eq!(window.count(Tick::from_millis(10)), 0);
        window.record(Tick::from_millis(10));
        assert!(!window.is_reached(Tick::from_millis(10)));
        window.record(Tick::from_millis(19));
        assert!(window.is_reached(Tick::from_millis(19)));
        assert!(!window.is_reached(Tick::from_millis(20)));
    }

    #[test]
    fn memory_stays_what_it_was() {
        let mut window = window(3, 1);
        let before = window.until.capacity();
        for at in 0..10_000 {
            window.record(Tick::from_millis(at));
            assert!(!window.is_reached(Tick::from_millis(at)));
        }
        for _ in 0..10_000 {
            window.record(Tick::from_millis(10_000));
        }
        assert_eq!(window.count(Tick::from_millis(10_000)), 3, "no more than open it are kept");
        assert_eq!(window.until.capacity(), before);
    }
}
