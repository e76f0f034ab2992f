use std::collections::VecDeque;
use std::time::Duration;

use seawall_core::Tick;

/// The times of the last failures, as many as open the circuit: exact, in constant memory, and in
/// constant time a failure on average.
#[derive(Debug)]
pub(crate) struct FailureWindow {
    times: VecDeque<Tick>,
    limit: usize,
    length: Duration,
}

impl FailureWindow {
    pub(crate) fn new(limit: u32, length: Duration) -> Self {
        let limit = limit as usize;
        Self { times: VecDeque::with_capacity(limit), limit, length }
    }

    /// Records a failure at `now`. Of more than open the circuit, the last ones are kept: while it is
    /// only observed, there may be any number.
    pub(crate) fn record(&mut self, now: Tick) {
        self.expire(now);
        if self.times.len() == self.limit {
            self.times.pop_front();
        }
        // Threads read the clock before they get here, so one may come with an older time.
        let now = self.times.back().map_or(now, |last| now.max(*last));
        self.times.push_back(now);
    }

    /// Are there too many at `now`?
    pub(crate) fn is_reached(&mut self, now: Tick) -> bool {
        self.expire(now);
        self.times.len() >= self.limit
    }

    /// How many failures count at `now`.
    pub(crate) fn count(&self, now: Tick) -> usize {
        self.times.iter().filter(|time| self.counts(**time, now)).count()
    }

    /// Does none count at `now`?
    pub(crate) fn is_over(&self, now: Tick) -> bool {
        self.times.back().is_none_or(|last| !self.counts(*last, now))
    }

    pub(crate) fn clear(&mut self) {
        self.times.clear();
    }

    /// Takes over the failures that `before` counts, the last ones if they are too many: fewer than
    /// open the circuit.
    pub(crate) fn inherit(&mut self, before: &Self, now: Tick) {
        let recent = before.times.iter().filter(|time| self.counts(**time, now)).copied();
        let recent: Vec<_> = recent.collect();
        let kept = recent.len().min(self.limit - 1);
        self.times.extend(&recent[recent.len() - kept..]);
    }

    /// How long ago the failures were that count now.
    pub(crate) fn ages(&self, now: Tick) -> Vec<Duration> {
        let counting = self.times.iter().filter(|time| self.counts(**time, now));
        counting.map(|time| now.since(*time)).collect()
    }

    /// Counts failures of so long ago.
    pub(crate) fn restore(&mut self, ages: &[Duration], now: Tick) {
        let time = |age: &Duration| Tick::ZERO + now.since(Tick::ZERO + *age);
        let mut times: Vec<_> = ages.iter().map(time).collect();
        times.sort_unstable();
        let before = Self { times: times.into(), limit: self.limit, length: self.length };
        self.times.clear();
        self.inherit(&before, now);
    }

    fn expire(&mut self, now: Tick) {
        while self.times.front().is_some_and(|first| !self.counts(*first, now)) {
            self.times.pop_front();
        }
    }

    fn counts(&self, time: Tick, now: Tick) -> bool {
        now.since(time) < self.length
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
        let before = window.times.capacity();
        for at in 0..10_000 {
            window.record(Tick::from_millis(at));
            assert!(!window.is_reached(Tick::from_millis(at)));
        }
        for _ in 0..10_000 {
            window.record(Tick::from_millis(10_000));
        }
        assert_eq!(window.count(Tick::from_millis(10_000)), 3, "no more than open it are kept");
        assert_eq!(window.times.capacity(), before);
    }
}
