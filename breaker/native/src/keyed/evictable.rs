use std::time::Duration;

use crate::options::RateWindow;
use crate::{BreakerOptions, KeyOptions};

/// What keeps an idle key from being evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evictable {
    /// Nothing: a new circuit would do the same.
    Clear,
    /// Its circuit is closed, but has counted what may open it.
    Counted,
    /// Its circuit is not closed.
    Held,
}

impl Evictable {
    pub(crate) const ALL: [Self; 3] = [Self::Clear, Self::Counted, Self::Held];
}

/// How long after its last use a key can be forgotten.
///
/// All keys of a queue have the same lifetime, so the least recently used one is free first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    counted: Duration,
    held: Duration,
}

impl Lifetimes {
    pub(crate) fn new(options: &BreakerOptions, keys: &KeyOptions) -> Self {
        let held = keys.forget_after;
        Self { counted: window(options).map_or(held, |window| window.min(held)), held }
    }

    pub(crate) fn of(&self, kind: Evictable) -> Duration {
        match kind {
            Evictable::Clear => Duration::ZERO,
            Evictable::Counted => self.counted,
            Evictable::Held => self.held,
        }
    }
}

/// Returns the time after which nothing counts any more; `None` if a rule counts without regard to time.
fn window(options: &BreakerOptions) -> Option<Duration> {
    if options.consecutive_failures.is_some() || options.recent_failures.is_some() {
        return None;
    }
    let rates = match options.rate_window {
        _ if !options.has_rates() => Duration::ZERO,
        RateWindow::Time(length) => length,
        RateWindow::Calls(_) => return None,
    };
    let failures = options.failure_limit().map_or(Duration::ZERO, |_| options.window);
    Some(failures.max(rates))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ratio;

    #[test]
    fn counted_results_last_as_long_as_the_longest_window() {
        let seconds = Duration::from_secs;
        let counted = |options: &BreakerOptions| {
            Lifetimes::new(options, &KeyOptions::new().forget_after(seconds(100)))
                .of(Evictable::Counted)
        };
        let options = BreakerOptions::new("keyed").window(seconds(7));
        let rate = |window| options.clone().failure_rate(Ratio::ONE).rate_window(window);
        assert_eq!(counted(&options), seconds(7));
        assert_eq!(counted(&rate(RateWindow::Time(seconds(3)))), seconds(3), "no rule has 7 s");
        assert_eq!(counted(&rate(RateWindow::Time(seconds(3))).failures(1)), seconds(7));
        assert_eq!(counted(&rate(RateWindow::Calls(9)).failures(1)), seconds(100));
        assert_eq!(counted(&options.clone().consecutive_failures(2)), seconds(100));
        assert_eq!(counted(&options.window(seconds(200))), seconds(100));
    }
}
