//! The rules that open a circuit.

use std::time::Duration;

use seawall_core::Tick;

use self::failures::FailureWindow;
use self::hung::HungCalls;
use self::rates::Rates;
use self::recent::RecentWindow;
use crate::options::BreakerOptions;
use crate::sample::Sample;

mod calls;
mod failures;
mod hung;
mod rates;
mod recent;
mod time;

/// The rules of one breaker, and what they have counted since the circuit closed.
#[derive(Debug)]
pub(crate) struct Rules {
    failures: Option<FailureWindow>,
    consecutive_limit: Option<u32>,
    consecutive: u32,
    /// Further consecutive failures, which a lower limit has left out. A later limit may need them.
    left_out: u32,
    /// Boxed, as few breakers have them: the size matters where each key has a circuit.
    recent: Option<Box<RecentWindow>>,
    rates: Option<Box<Rates>>,
    hung: Option<Box<HungCalls>>,
    unused: Option<Box<Unused>>,
}

/// What was counted for rules that new options do not have. Later ones may have them again.
#[derive(Debug, Default)]
struct Unused {
    failures: Option<FailureWindow>,
    recent: Option<Box<RecentWindow>>,
}

/// A call that has ended with a result, as the rules see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

impl Rules {
    pub(crate) fn new(options: &BreakerOptions, now: Tick, successes: u64) -> Self {
        let hung = options.hung_calls.zip(options.slow_call);
        let failures = options.failure_limit();
        Self {
            failures: failures.map(|limit| FailureWindow::new(limit, options.window)),
            consecutive_limit: options.consecutive_failures,
            consecutive: 0,
            left_out: 0,
            recent: options.recent_failures.map(|rule| Box::new(RecentWindow::new(rule))),
            rates: options.has_rates().then(|| Box::new(Rates::new(options, now, successes))),
            hung: hung.map(|(limit, slow_call)| Box::new(HungCalls::new(limit, slow_call, now))),
            unused: None,
        }
    }

    /// Forgets what was counted.
    pub(crate) fn clear(&mut self, now: Tick, successes: u64) {
        (self.consecutive, self.left_out) = (0, 0);
        self.unused = None;
        if let Some(failures) = &mut self.failures {
            failures.clear();
        }
        if let Some(recent) = &mut self.recent {
            recent.clear();
        }
        if let Some(rates) = &mut self.rates {
            rates.clear(now, successes);
        }
        if let Some(hung) = &mut self.hung {
            hung.clear(now);
        }
    }

    /// Returns true if these rules have to know the number of successes.
    pub(crate) fn need_successes(&self) -> bool {
        self.recent.is_some() || self.have_timed_window()
    }

    /// Sets the number of successes that came before all that these rules have counted.
    pub(crate) fn rebase(&mut self, successes: u64) {
        if let Some(rates) = &mut self.rates {
            rates.rebase(successes);
        }
    }

    /// Returns true if the calls of a length of time are counted.
    pub(crate) fn have_timed_window(&self) -> bool {
        self.rates.as_deref().is_some_and(Rates::is_timed)
    }

    /// Returns true if a success may change more than a counter.
    #[inline]
    pub(crate) fn need_each_success(&self) -> bool {
        self.consecutive > 0
            || self.left_out > 0
            || self.hung.is_some()
            || self.rates.as_deref().is_some_and(Rates::needs_each_success)
    }

    /// Returns true if a rule counts calls that are slow.
    #[inline]
    pub(crate) fn count_slow_calls(&self) -> bool {
        self.rates.as_deref().is_some_and(Rates::counts_slow_calls)
    }

    /// Returns true if each call that enters has to check for hung calls.
    pub(crate) fn need_entries(&self) -> bool {
        self.hung.is_some()
    }

    /// Returns when the window moves next.
    pub(crate) fn next_move(&self) -> Tick {
        self.rates.as_deref().map_or(Tick::MAX, Rates::next_move)
    }

    /// Moves the window to `now`, with `successes` until then.
    pub(crate) fn roll(&mut self, now: Tick, successes: u64) {
        if let Some(rates) = &mut self.rates {
            rates.roll(now, successes);
        }
    }

    /// Counts a call that enters.
    pub(crate) fn enter(&mut self, now: Tick) {
        if let Some(hung) = &mut self.hung {
            hung.enter(now);
        }
    }

    /// Counts a call out that entered at `entered`, whatever its result is.
    pub(crate) fn leave(&mut self, entered: Tick) {
        if let Some(hung) = &mut self.hung {
            hung.leave(entered);
        }
    }

    /// Counts the result of a call, which `successes` includes if it was one. Returns the rule that is
    /// broken then.
    pub(crate) fn record(
        &mut self,
        now: Tick,
        outcome: Outcome,
        successes: u64,
    ) -> Option<&'static str> {
        self.consecutive = match self.consecutive_limit {
            Some(_) if outcome.failed => self.consecutive.saturating_add(1),
            _ => 0,
        };
        if !outcome.failed {
            self.left_out = 0;
        }
        if outcome.failed {
            if let Some(failures) = &mut self.failures {
                failures.record(now);
            }
            if let Some(recent) = &mut self.recent {
                recent.record(successes);
            }
        }
        if let Some(rates) = &mut self.rates {
            rates.record(outcome);
        }
        self.check(now, successes)
    }

    /// Returns the rule that is broken at `now` by what was counted before.
    pub(crate) fn check(&mut self, now: Tick, successes: u64) -> Option<&'static str> {
        if self.consecutive_limit.is_some_and(|limit| self.consecutive >= limit) {
            return Some("consecutive failures");
        }
        if self.failures.as_mut().is_some_and(|failures| failures.is_reached(now)) {
            return Some("failures within the window");
        }
        if self.recent.as_ref().is_some_and(|recent| recent.is_reached(successes)) {
            return Some("failures among the last calls");
        }
        let rate = self.rates.as_mut().and_then(|rates| rates.check(now, successes));
        rate.or_else(|| self.hung.as_mut()?.is_reached(now).then_some("hung calls"))
    }

    /// Returns the number of failures within the window.
    pub(crate) fn failures(&self, now: Tick) -> usize {
        self.failures.as_ref().map_or(0, |failures| failures.count(now))
    }

    /// Returns true if nothing was counted that still counts at `now`, provided that no call is in
    /// flight.
    ///
    /// Successes in a window of calls are passed over: one would stay for ever, since time does not
    /// end it.
    pub(crate) fn are_clear(&self, now: Tick, successes: u64) -> bool {
        self.consecutive == 0
            && self.left_out == 0
            && self.failures.as_ref().is_none_or(|failures| failures.is_over(now))
            && self.recent.as_ref().is_none_or(|recent| recent.is_clear(successes))
            && self.rates.as_ref().is_none_or(|rates| rates.is_clear(now, successes))
    }

    /// Returns the number of consecutive failures, if there is a rule about them.
    pub(crate) fn consecutive(&self) -> Option<u32> {
        self.consecutive_limit.map(|_| self.consecutive)
    }

    /// Returns the number of failures among the last calls, if there is a rule about them.
    pub(crate) fn recent(&self, successes: u64) -> Option<u32> {
        self.recent.as_ref().map(|recent| recent.count(successes))
    }

    /// Returns the number of hung calls, if there is a rule about them.
    pub(crate) fn hung(&self) -> Option<u64> {
        self.hung.as_deref().map(HungCalls::overdue)
    }

    pub(crate) fn sample(&self, now: Tick, successes: u64) -> Option<Sample> {
        Some(self.rates.as_ref()?.sample(now, successes))
    }

    /// Takes over what `before` has counted under `options`, as far as it means the same here. None of
    /// it breaks a rule by itself.
    pub(crate) fn inherit(&mut self, before: Self, now: Tick, same_rates: bool, same_hung: bool) {
        let unused = before.unused.unwrap_or_default();
        let (mut failures, mut recent) =
            (before.failures.or(unused.failures), before.recent.or(unused.recent));
        if let (Some(new), Some(before)) = (&mut self.failures, &failures) {
            new.inherit(before, now);
            failures = None;
        }
        if let (Some(new), Some(before)) = (&mut self.recent, &recent) {
            new.inherit(before);
            recent = None;
        }
        let is_unused = failures.is_some() || recent.is_some();
        self.unused = is_unused.then(|| Box::new(Unused { failures, recent }));
        self.set_consecutive(before.consecutive.saturating_add(before.left_out));
        if let (true, Some(rates), Some(before)) = (same_rates, &mut self.rates, before.rates) {
            rates.inherit(*before);
        }
        if same_hung {
            self.hung = before.hung;
        }
    }

    /// Returns the ages of the failures within the window.
    pub(crate) fn failure_ages(&self, now: Tick) -> Vec<Duration> {
        self.failures.as_ref().map_or_else(Vec::new, |failures| failures.ages(now))
    }

    /// Counts failures of these ages, and `consecutive` ones in a row.
    pub(crate) fn restore(&mut self, ages: &[Duration], consecutive: u32, now: Tick) {
        if let Some(failures) = &mut self.failures {
            failures.restore(ages, now);
        }
        self.set_consecutive(consecutive);
    }

    /// Counts consecutive failures, fewer than open the circuit. The others are left out.
    fn set_consecutive(&mut self, consecutive: u32) {
        let fewer = self.consecutive_limit.map_or(0, |limit| limit.saturating_sub(1));
        self.consecutive = consecutive.min(fewer);
        self.left_out = consecutive - self.consecutive;
    }
}
