use seawall_core::Tick;

use super::Outcome;
use super::calls::CallWindow;
use super::time::TimeWindow;
use crate::options::{BreakerOptions, RateWindow, Ratio};
use crate::sample::Sample;

/// The rules of failure and slow-call rates, and the calls that they are taken over.
#[derive(Debug)]
pub(super) struct Rates {
    failures: Option<Ratio>,
    slow: Option<Ratio>,
    minimum: u64,
    window: Window,
    /// One more call of any result could make the rates known, and they would be too high.
    nearly_broken: bool,
}

#[derive(Debug)]
enum Window {
    Calls(CallWindow),
    Time(TimeWindow),
}

impl Rates {
    pub(super) fn new(options: &BreakerOptions, now: Tick, successes: u64) -> Self {
        let window = match options.rate_window {
            RateWindow::Calls(calls) => Window::Calls(CallWindow::new(calls)),
            RateWindow::Time(length) => Window::Time(TimeWindow::new(length, now, successes)),
        };
        Self {
            failures: options.failure_rate,
            slow: options.slow_call_rate,
            minimum: options.minimum_calls.into(),
            window,
            nearly_broken: false,
        }
    }

    pub(super) fn clear(&mut self, now: Tick, successes: u64) {
        self.nearly_broken = false;
        match &mut self.window {
            Window::Calls(window) => window.clear(),
            Window::Time(window) => window.clear(now, successes),
        }
    }

    /// Takes over the calls that `before` has counted in a window of the same length.
    pub(super) fn inherit(&mut self, before: Self) {
        self.window = before.window;
    }

    pub(super) fn rebase(&mut self, successes: u64) {
        if let Window::Time(window) = &mut self.window {
            window.rebase(successes);
        }
    }

    pub(super) fn roll(&mut self, now: Tick, successes: u64) {
        if let Window::Time(window) = &mut self.window {
            window.roll(now, successes);
        }
    }

    pub(super) fn record(&mut self, outcome: Outcome) {
        match &mut self.window {
            Window::Calls(window) => window.record(outcome.failed, outcome.slow),
            Window::Time(window) => window.record(outcome.failed, outcome.slow),
        }
    }

    pub(super) fn is_timed(&self) -> bool {
        matches!(self.window, Window::Time(_))
    }

    pub(super) fn counts_slow_calls(&self) -> bool {
        self.slow.is_some()
    }

    /// Returns true if a success may change more than a counter.
    pub(super) fn needs_each_success(&self) -> bool {
        self.nearly_broken || !self.is_timed()
    }

    pub(super) fn next_move(&self) -> Tick {
        match &self.window {
            Window::Time(window) => window.next(),
            Window::Calls(_) => Tick::MAX,
        }
    }

    pub(super) fn is_clear(&self, now: Tick, successes: u64) -> bool {
        let sample = self.sample(now, successes);
        match self.window {
            Window::Time(_) => sample.calls == 0,
            Window::Calls(_) => sample.failures == 0 && sample.slow == 0,
        }
    }

    pub(super) fn sample(&self, now: Tick, successes: u64) -> Sample {
        let sample = match &self.window {
            Window::Calls(window) => window.sample(),
            Window::Time(window) => window.sample(now, successes),
        };
        Sample { is_enough: sample.calls >= self.minimum, ..sample }
    }

    pub(super) fn check(&mut self, now: Tick, successes: u64) -> Option<&'static str> {
        let sample = self.sample(now, successes);
        // The rates of just enough calls, if there are fewer.
        let calls = sample.calls.max(self.minimum);
        let reached = |ratio: Option<Ratio>, count| {
            ratio.is_some_and(|ratio| count > 0 && ratio.is_reached(count, calls))
        };
        let failing = reached(self.failures, sample.failures);
        let slow = reached(self.slow, sample.slow);
        self.nearly_broken = (failing || slow) && !sample.is_enough;
        match () {
            () if self.nearly_broken => None,
            () if failing => Some("failure rate"),
            () if slow => Some("slow call rate"),
            () => None,
        }
    }
}
