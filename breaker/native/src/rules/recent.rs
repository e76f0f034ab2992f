use std::collections::VecDeque;

use crate::options::RecentFailures;

/// The last failures by their position among all calls with a result, as many as open the circuit. So
/// a success is no more than one more success: it moves the positions of all later failures.
#[derive(Debug)]
pub(super) struct RecentWindow {
    rule: RecentFailures,
    positions: VecDeque<u64>,
    /// Older failures, which a rule about fewer of them has left out. A later rule may need them.
    left_out: Box<[u64]>,
    /// Failures that were ever counted.
    failures: u64,
}

impl RecentWindow {
    pub(super) fn new(rule: RecentFailures) -> Self {
        let positions = VecDeque::with_capacity(rule.failures as usize);
        Self { rule, positions, left_out: Box::default(), failures: 0 }
    }

    /// Counts a failure that came after `successes`.
    pub(super) fn record(&mut self, successes: u64) {
        if self.positions.len() == self.rule.failures as usize {
            self.positions.pop_front();
        }
        self.failures += 1;
        self.positions.push_back(self.position(successes));
    }

    /// Returns true if there are as many failures among the last calls as open the circuit.
    pub(super) fn is_reached(&self, successes: u64) -> bool {
        self.positions.len() >= self.rule.failures as usize
            && self.positions.front().is_some_and(|first| self.is_recent(*first, successes))
    }

    /// Returns the number of failures among the last calls.
    pub(super) fn count(&self, successes: u64) -> u32 {
        let recent = self.positions.iter().filter(|at| self.is_recent(**at, successes));
        u32::try_from(recent.count()).unwrap_or(u32::MAX)
    }

    pub(super) fn clear(&mut self) {
        self.positions.clear();
        self.left_out = Box::default();
    }

    /// Returns true if no failure is among the last calls.
    pub(super) fn is_clear(&self, successes: u64) -> bool {
        let last = self.positions.back().or(self.left_out.last());
        last.is_none_or(|last| !self.is_recent(*last, successes))
    }

    /// Takes over what `before` has counted: the last failures, and fewer than open the circuit. The
    /// others are left out.
    pub(super) fn inherit(&mut self, before: &Self) {
        self.failures = before.failures;
        let all: Vec<u64> = before.left_out.iter().chain(&before.positions).copied().collect();
        let fewer = self.rule.failures as usize - 1;
        let (left_out, kept) = all.split_at(all.len().saturating_sub(fewer));
        self.left_out = left_out.into();
        self.positions.extend(kept);
    }

    fn is_recent(&self, position: u64, successes: u64) -> bool {
        self.position(successes) < position.saturating_add(self.rule.calls.into())
    }

    /// The position of the last call.
    fn position(&self, successes: u64) -> u64 {
        self.failures.saturating_add(successes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_until_as_many_calls_have_come_after_it() {
        let mut window = RecentWindow::new(RecentFailures { failures: 2, calls: 3 });
        window.record(0);
        assert_eq!([window.count(0), window.count(1), window.count(2)], [1, 1, 1]);
        assert_eq!(window.count(3), 0);
        window.record(1);
        assert!(window.is_reached(1), "failure, success, failure");
        window.record(7);
        assert!(!window.is_reached(7));
        window.record(7);
        assert!(window.is_reached(7));
    }
}
