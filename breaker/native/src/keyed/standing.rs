use std::time::Duration;

use crate::options::RateWindow;
use crate::{BreakerOptions, KeyOptions};

/// What stands against a key that no call is under way of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing: a new circuit would do the same.
    Clear,
    /// Its circuit is closed, but has counted what may open it.
    Counted,
    /// Its circuit is not closed.
    Held,
}

impl Standing {
    pub(crate) const ALL: [Self; 3] = [Self::Clear, Self::Counted, Self::Held];
}

/// How long after its last use nothing stands against a key any more.
///
/// It is the same time for all in one queue, so who was used longest ago is free first.
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

    pub(crate) fn of(&self, standing: Standing) -> Duration {
        match standing {
            Standing::Clear => Duration::ZERO,
            Standing::Counted => self.counted,
            Standing::Held => self.held,
        }
    }
}

/// After how long nothing counts any more; `None` if some rule counts without regard to time.
fn window(options: &BreakerOptions) -> Option<Duration> {
    if options.consecutive_failures.is_some() {
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
    fn what_was_counted_lasts_as_long_as_the_longest_window_if_time_ends_it_at_all() {
        let seconds = Duration::from_secs;
        let counted = |options: &BreakerOptions| {
            Lifetimes::new(options, &KeyOptions::new().forget_after(seconds(100)))
                .of(Standing::Counted)
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
