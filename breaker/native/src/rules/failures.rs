use std::collections::VecDeque;
use std::time::Duration;

use seawall_core::Tick;

/// The last failures, as many as open the circuit: exact, in constant memory, and in constant time a
/// failure on average.
#[derive(Debug)]
pub(crate) struct FailureWindow {
    /// Until when each counts: when it happened may be before the clock began, in a process that has
    /// ended since.
    until: VecDeque<Tick>,
    limit: usize,
    length: Duration,
}

impl FailureWindow {
    pub(crate) fn new(limit: u32, length: Duration) -> Self {
        let limit = limit as usize;
        Self { until: VecDeque::with_capacity(limit), limit, length }
    }

    /// Records a failure at `now`. Of more than open the circuit, the last ones are kept: while it is
    /// only observed, there may be any number.
    pub(crate) fn record(&mut self, now: Tick) {
        self.expire(now);
        if self.until.len() == self.limit {
            self.until.pop_front();
        }
        // Threads read the clock before they get here, so one may come with an older time.
        let until = now + self.length;
        let until = self.until.back().map_or(until, |last| until.max(*last));
        self.until.push_back(until);
    }

    /// Are there too many at `now`?
    pub(crate) fn is_reached(&mut self, now: Tick) -> bool {
        self.expire(now);
        self.until.len() >= self.limit
    }

    /// How many failures count at `now`.
    pub(crate) fn count(&self, now: Tick) -> usize {
        self.until.iter().filter(|until| **until > now).count()
    }

    /// Does none count at `now`?
    pub(crate) fn is_over(&self, now: Tick) -> bool {
        self.until.back().is_none_or(|until| *until <= now)
    }

    pub(crate) fn clear(&mut self) {
        self.until.clear();
    }

    /// Takes over the failures that `before` counts.
    pub(crate) fn inherit(&mut self, before: &Self, now: Tick) {
        self.restore(&before.ages(now), now);
    }

    /// How long ago the failures were that count now.
    pub(crate) fn ages(&self, now: Tick) -> Vec<Duration> {
        let counting = self.until.iter().filter(|until| **until > now);
        counting.map(|until| self.length.saturating_sub(until.since(now))).collect()
    }

    /// Counts failures of so long ago, the last ones if they are too many: fewer than open the
    /// circuit.
    pub(crate) fn restore(&mut self, ages: &[Duration], now: Tick) {
        let mut left: Vec<_> =
            ages.iter().filter_map(|age| self.length.checked_sub(*age)).collect();
        left.retain(|left| !left.is_zero());
        left.sort_unstable();
        let kept = left.len().min(self.limit - 1);
        self.until.clear();
        self.until.extend(left[left.len() - kept..].iter().map(|left| now + *left));
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
