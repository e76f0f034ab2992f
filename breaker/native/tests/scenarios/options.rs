use std::sync::{Arc, Mutex, PoisonError};

use seawall_breaker::{Backoff, BreakerOptions, Probes, RateWindow, Ratio};
use seawall_testkit::scenario::Time;
use serde::Deserialize;

use crate::listener::Manner;

/// The options of a row: those of a breaker, flat, and who listens to it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Options {
    failures: Option<u32>,
    window: Option<Time>,
    consecutive_failures: Option<u32>,
    failure_percent: Option<u32>,
    slow_call: Option<Time>,
    slow_percent: Option<u32>,
    rate_window: Option<Time>,
    rate_window_calls: Option<u32>,
    minimum_calls: Option<u32>,
    /// How long it stays open: always, or the first time.
    reset: Option<Time>,
    /// It doubles each time, up to this.
    reset_doubling_to: Option<Time>,
    /// It comes from a function, which keeps what it is asked for.
    reset_by_function: bool,
    probes: Option<u32>,
    /// The part of the probes that has to succeed.
    probes_percent: Option<u32>,
    probe_lease: Option<Time>,
    /// How long it has to be closed for its alarm to be cleared.
    pub(crate) alarm_clears_after: Option<Time>,
    pub(crate) listener: Option<Manner>,
}

/// The attempts that the function was asked for which says how long a circuit stays open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked(Arc<Mutex<Vec<u32>>>);

impl Asked {
    /// What it was asked for since this was read last.
    pub(crate) fn take(&self) -> Vec<u32> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, attempt: u32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(attempt);
    }
}

impl Options {
    /// What to start a breaker called `name` from.
    pub(crate) fn breaker(&self, name: &'static str, asked: &Asked) -> BreakerOptions {
        let set = |options: BreakerOptions, time: Option<Time>, set: fn(_, _) -> _| match time {
            Some(Time(time)) => set(options, time),
            None => options,
        };
        let mut options = BreakerOptions::new(name);
        options = set(options, self.window, BreakerOptions::window);
        options = set(options, self.slow_call, BreakerOptions::slow_call);
        let count = |options: BreakerOptions, count: Option<u32>, set: fn(_, _) -> _| match count {
            Some(count) => set(options, count),
            None => options,
        };
        options = count(options, self.failures, BreakerOptions::failures);
        options = count(options, self.consecutive_failures, BreakerOptions::consecutive_failures);
        options = count(options, self.minimum_calls, BreakerOptions::minimum_calls);
        if let Some(percent) = self.failure_percent {
            options = options.failure_rate(Ratio::percent(percent));
        }
        if let Some(percent) = self.slow_percent {
            options = options.slow_call_rate(Ratio::percent(percent));
        }
        if let Some(Time(length)) = self.rate_window {
            options = options.rate_window(RateWindow::Time(length));
        }
        if let Some(calls) = self.rate_window_calls {
            options = options.rate_window(RateWindow::Calls(calls));
        }
        self.with_probes(self.with_reset(options, asked))
    }

    fn with_reset(&self, options: BreakerOptions, asked: &Asked) -> BreakerOptions {
        let Some(Time(reset)) = self.reset else { return options };
        if self.reset_by_function {
            let asked = asked.clone();
            return options.reset(Backoff::function(move |attempt| {
                asked.push(attempt);
                reset
            }));
        }
        match self.reset_doubling_to {
            Some(Time(max)) => options.reset(Backoff::exponential(reset, max)),
            None => options.reset_after(reset),
        }
    }

    fn with_probes(&self, options: BreakerOptions) -> BreakerOptions {
        let mut options = options;
        if let Some(probes) = self.probes {
            let percent = self.probes_percent.unwrap_or(100);
            options = options.probes(Probes::new(probes, Ratio::percent(percent)));
        }
        if let Some(Time(lease)) = self.probe_lease {
            options = options.probe_lease(lease);
        }
        options
    }
}
