//! What opens a circuit.

use seawall_core::Tick;

use self::calls::CallWindow;
use self::failures::FailureWindow;
use self::hung::Hung;
use self::time::TimeWindow;
use crate::BreakerOptions;
use crate::options::{RateWindow, Ratio};
use crate::phase::Mind;
use crate::status::Sample;

mod calls;
mod failures;
mod hung;
mod time;

/// The rules of one breaker, and what they have counted since the circuit closed.
#[derive(Debug)]
pub(crate) struct Rules {
    failures: Option<FailureWindow>,
    streak_limit: Option<u32>,
    streak: u32,
    /// In boxes, as few have them: where there is a breaker a key, its size matters.
    rates: Option<Box<Rates>>,
    hung: Option<Box<Hung>>,
}

#[derive(Debug)]
struct Rates {
    failures: Option<Ratio>,
    slow: Option<Ratio>,
    minimum: u64,
    window: Window,
    /// One more call could make the rates known, and they would be too high.
    watch: bool,
}

#[derive(Debug)]
enum Window {
    Calls(CallWindow),
    Time(TimeWindow),
}

/// A call that has ended, as the rules see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

impl Rules {
    pub(crate) fn new(options: &BreakerOptions, now: Tick, successes: u64) -> Self {
        let rates = options.has_rates().then(|| {
            Box::new(Rates {
                failures: options.failure_rate,
                slow: options.slow_call_rate,
                minimum: options.minimum_calls.into(),
                window: match options.rate_window {
                    RateWindow::Calls(calls) => Window::Calls(CallWindow::new(calls)),
                    RateWindow::Time(length) => {
                        Window::Time(TimeWindow::new(length, now, successes))
                    }
                },
                watch: false,
            })
        });
        let hung = options.hung_calls.zip(options.slow_call);
        Self {
            failures: options
                .failure_limit()
                .map(|limit| FailureWindow::new(limit, options.window)),
            streak_limit: options.consecutive_failures,
            streak: 0,
            rates,
            hung: hung.map(|(limit, slow_call)| Box::new(Hung::new(limit, slow_call, now))),
        }
    }

    /// Forgets what was counted.
    pub(crate) fn clear(&mut self, now: Tick, successes: u64) {
        self.streak = 0;
        if let Some(failures) = &mut self.failures {
            failures.clear();
        }
        if let Some(rates) = &mut self.rates {
            rates.watch = false;
            match &mut rates.window {
                Window::Calls(window) => window.clear(),
                Window::Time(window) => window.clear(now, successes),
            }
        }
        if let Some(hung) = &mut self.hung {
            hung.clear(now);
        }
    }

    /// Do these rules have to be told how many calls succeeded?
    pub(crate) fn want_successes(&self) -> bool {
        matches!(self.rates.as_deref(), Some(Rates { window: Window::Time(_), .. }))
    }

    /// So many successes came before what these rules have counted.
    pub(crate) fn rebase(&mut self, successes: u64) {
        if let Some(Rates { window: Window::Time(window), .. }) = self.rates.as_deref_mut() {
            window.rebase(successes);
        }
    }

    /// What a call has to mind as long as these rules have counted what they have.
    pub(crate) fn mind(&self, slow_call: bool) -> Mind {
        let rates = self.rates.as_ref();
        Mind {
            success: self.streak > 0
                || self.hung.is_some()
                || rates
                    .is_some_and(|rates| rates.watch || matches!(rates.window, Window::Calls(_))),
            entry: self.mind_entry(),
            time: rates.is_some_and(|rates| matches!(rates.window, Window::Time(_))),
            slow: slow_call && rates.is_some_and(|rates| rates.slow.is_some()),
        }
    }

    /// Has a call that enters to look whether others hang?
    pub(crate) fn mind_entry(&self) -> bool {
        self.hung.is_some()
    }

    /// When the window moves next.
    pub(crate) fn next_move(&self) -> Tick {
        match self.rates.as_deref() {
            Some(Rates { window: Window::Time(window), .. }) => window.next(),
            _ => Tick::MAX,
        }
    }

    /// Time has come to `now`, with so many successes until then.
    pub(crate) fn roll(&mut self, now: Tick, successes: u64) {
        if let Some(Rates { window: Window::Time(window), .. }) = self.rates.as_deref_mut() {
            window.roll(now, successes);
        }
    }

    /// A call enters.
    pub(crate) fn enter(&mut self, now: Tick) {
        if let Some(hung) = &mut self.hung {
            hung.enter(now);
        }
    }

    /// A call has left that entered at `entered`, whatever came of it.
    pub(crate) fn leave(&mut self, entered: Tick) {
        if let Some(hung) = &mut self.hung {
            hung.leave(entered);
        }
    }

    /// A call has ended; `successes` has it among them, if it was one. Which rule does that break?
    pub(crate) fn record(
        &mut self,
        now: Tick,
        outcome: Outcome,
        successes: u64,
    ) -> Option<&'static str> {
        self.streak = match self.streak_limit {
            Some(_) if outcome.failed => self.streak.saturating_add(1),
            _ => 0,
        };
        if let Some(failures) = &mut self.failures
            && outcome.failed
        {
            failures.record(now);
        }
        if let Some(rates) = &mut self.rates {
            match &mut rates.window {
                Window::Calls(window) => window.record(outcome.failed, outcome.slow),
                Window::Time(window) => window.record(outcome.failed, outcome.slow),
            }
        }
        self.check(now, successes)
    }

    /// Which rule is broken by what was counted before, now that time has passed?
    pub(crate) fn check(&mut self, now: Tick, successes: u64) -> Option<&'static str> {
        if self.streak_limit.is_some_and(|limit| self.streak >= limit) {
            return Some("consecutive failures");
        }
        if self.failures.as_mut().is_some_and(|failures| failures.is_reached(now)) {
            return Some("failures within the window");
        }
        let rate = self.rates.as_mut().and_then(|rates| rates.check(now, successes));
        rate.or_else(|| self.hung.as_mut()?.is_reached(now).then_some("hung calls"))
    }

    /// Failures that count for the rule of failures within a window.
    pub(crate) fn failures(&self, now: Tick) -> usize {
        self.failures.as_ref().map_or(0, |failures| failures.count(now))
    }

    /// Have they counted nothing that counts at `now`, if no call is under way?
    ///
    /// Successes in a window of calls are passed over: else one would stay for ever, since time does
    /// not end it.
    pub(crate) fn are_clear(&self, now: Tick, successes: u64) -> bool {
        let rates = self.rates.as_ref();
        self.streak == 0
            && self.failures.as_ref().is_none_or(|failures| failures.is_over(now))
            && rates.is_none_or(|rates| {
                let sample = rates.sample(now, successes);
                match rates.window {
                    Window::Time(_) => sample.calls == 0,
                    Window::Calls(_) => sample.failures == 0 && sample.slow == 0,
                }
            })
    }

    /// Failures in a row, if there is a rule about them.
    pub(crate) fn streak(&self) -> Option<u32> {
        self.streak_limit.map(|_| self.streak)
    }

    /// Calls that hang, if there is a rule about them.
    pub(crate) fn hung(&self) -> Option<u64> {
        self.hung.as_deref().map(Hung::overdue)
    }

    pub(crate) fn sample(&self, now: Tick, successes: u64) -> Option<Sample> {
        let rates = self.rates.as_ref()?;
        let sample = rates.sample(now, successes);
        Some(Sample { is_enough: sample.calls >= rates.minimum, ..sample })
    }

    /// Takes over what `before` has counted, as far as that is the same here.
    pub(crate) fn inherit(&mut self, before: Self, now: Tick, same_rates: bool, same_hung: bool) {
        if let (Some(failures), Some(before)) = (&mut self.failures, &before.failures) {
            failures.inherit(before, now);
        }
        if let Some(limit) = self.streak_limit {
            self.streak = before.streak.min(limit.saturating_sub(1));
        }
        if let (true, Some(rates), Some(before)) = (same_rates, &mut self.rates, before.rates) {
            rates.window = before.window;
        }
        if same_hung {
            self.hung = before.hung;
        }
    }

    /// How long ago the failures were that count now.
    pub(crate) fn failure_ages(&self, now: Tick) -> Vec<std::time::Duration> {
        self.failures.as_ref().map_or_else(Vec::new, |failures| failures.ages(now))
    }

    /// Counts failures of so long ago, and so many in a row.
    pub(crate) fn restore(&mut self, ages: &[std::time::Duration], streak: u32, now: Tick) {
        if let Some(failures) = &mut self.failures {
            failures.restore(ages, now);
        }
        if let Some(limit) = self.streak_limit {
            self.streak = streak.min(limit.saturating_sub(1));
        }
    }
}

impl Rates {
    fn sample(&self, now: Tick, successes: u64) -> Sample {
        match &self.window {
            Window::Calls(window) => window.sample(),
            Window::Time(window) => window.sample(now, successes),
        }
    }

    fn check(&mut self, now: Tick, successes: u64) -> Option<&'static str> {
        let sample = self.sample(now, successes);
        // What they would be with just enough calls, if there are fewer.
        let calls = sample.calls.max(self.minimum);
        let reached = |ratio: Option<Ratio>, some| {
            ratio.is_some_and(|ratio| some > 0 && ratio.is_reached(some, calls))
        };
        let failing = reached(self.failures, sample.failures);
        let slow = reached(self.slow, sample.slow);
        self.watch = (failing || slow) && sample.calls < self.minimum;
        match () {
            () if self.watch => None,
            () if failing => Some("failure rate"),
            () if slow => Some("slow call rate"),
            () => None,
        }
    }
}
