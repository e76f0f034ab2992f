use std::time::Duration;

use seawall_core::Tick;

/// Calls in flight by the time they entered, in eighths of the time from which on they are slow:
/// constant memory and constant time. A hung call is found at most an eighth too late.
#[derive(Debug)]
pub(super) struct HungCalls {
    limit: u64,
    /// An eighth, in nanoseconds.
    eighth: u64,
    entered: [u64; SLOTS],
    newest: u64,
    overdue: u64,
    /// Calls that entered before this are counted neither in nor out: there was no such rule yet when
    /// they read the clock.
    since: Tick,
}

/// Nine eighths after it began, all calls of an eighth are slow.
const KEPT: usize = 9;
const SLOTS: usize = 9;

impl HungCalls {
    pub(super) fn new(limit: u32, slow_call: Duration, now: Tick) -> Self {
        let eighth = (u64::try_from(slow_call.as_nanos()).unwrap_or(u64::MAX) / 8).max(1);
        let newest = now.as_nanos() / eighth;
        Self { limit: limit.into(), eighth, entered: [0; SLOTS], newest, overdue: 0, since: now }
    }

    pub(super) fn clear(&mut self, now: Tick) {
        self.entered = [0; SLOTS];
        (self.newest, self.overdue) = (now.as_nanos() / self.eighth, 0);
    }

    pub(super) fn enter(&mut self, now: Tick) {
        self.roll(now);
        if now >= self.since {
            *self.count_at(now.as_nanos() / self.eighth) += 1;
        }
    }

    /// Counts a call out that entered at `entered`.
    pub(super) fn leave(&mut self, entered: Tick) {
        if entered >= self.since {
            let count = self.count_at(entered.as_nanos() / self.eighth);
            *count = count.saturating_sub(1);
        }
    }

    /// Returns true if as many calls hang at `now` as open the circuit.
    pub(super) fn is_reached(&mut self, now: Tick) -> bool {
        self.roll(now);
        self.overdue >= self.limit
    }

    pub(super) fn overdue(&self) -> u64 {
        self.overdue
    }

    fn roll(&mut self, now: Tick) {
        let number = now.as_nanos() / self.eighth;
        let steps = number.saturating_sub(self.newest).min(KEPT as u64);
        for step in 1..=steps {
            let gone = &mut self.entered[slot(self.newest + step)];
            self.overdue += std::mem::take(gone);
        }
        self.newest = self.newest.max(number);
    }

    fn count_at(&mut self, number: u64) -> &mut u64 {
        if self.newest.saturating_sub(number) >= KEPT as u64 {
            &mut self.overdue
        } else {
            &mut self.entered[slot(number)]
        }
    }
}

fn slot(number: u64) -> usize {
    usize::try_from(number % KEPT as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_hangs_when_it_has_taken_too_long_and_no_more_when_it_ends() {
        let at = Tick::from_millis;
        let mut hung = HungCalls::new(2, Duration::from_millis(80), at(0));
        hung.enter(at(0));
        hung.enter(at(5));
        hung.enter(at(40));
        assert!(!hung.is_reached(at(79)));
        assert!(hung.is_reached(at(90)), "an eighth too late at most");
        hung.leave(at(5));
        assert!(!hung.is_reached(at(90)));
        assert!(hung.is_reached(at(1_000)));
        hung.leave(at(0));
        hung.leave(at(40));
        assert_eq!(hung.overdue(), 0);
    }

    #[test]
    fn calls_at_the_end_of_time_are_counted() {
        let mut hung = HungCalls::new(1, Duration::from_nanos(1), Tick::ZERO);
        hung.enter(Tick::MAX);
        assert!(!hung.is_reached(Tick::MAX));
        hung.leave(Tick::MAX);
        assert_eq!(hung.overdue(), 0);
    }

    #[test]
    fn a_call_with_a_time_from_before_there_was_the_rule_is_counted_neither_in_nor_out() {
        let at = Tick::from_millis;
        let mut hung = HungCalls::new(1, Duration::from_millis(80), at(100));
        hung.enter(at(99));
        hung.leave(at(99));
        hung.enter(at(100));
        hung.leave(at(99));
        assert!(hung.is_reached(at(1_000)));
        hung.leave(at(100));
        assert!(!hung.is_reached(at(1_000)));
    }
}
