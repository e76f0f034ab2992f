use std::collections::VecDeque;
use std::time::Duration;

use seawall_core::Tick;

/// The calls of the last seconds, by the exchange at which they were counted.
#[derive(Debug)]
pub(crate) struct Recent {
    parts: VecDeque<(Tick, Calls)>,
}

/// Numbers of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
}

impl Recent {
    pub(crate) const fn new() -> Self {
        Self { parts: VecDeque::new() }
    }

    /// Adds calls that ended before `now`, and forgets those that were added `window` ago or earlier.
    pub(crate) fn add(&mut self, calls: Calls, now: Tick, window: Duration) {
        self.parts.retain(|(at, _)| now.since(*at) < window);
        if calls != Calls::default() {
            self.parts.push_back((now, calls));
        }
    }

    pub(crate) fn sum(&self) -> Calls {
        self.parts.iter().fold(Calls::default(), |sum, (_, calls)| Calls {
            succeeded: sum.succeeded + calls.succeeded,
            failed: sum.failed + calls.failed,
        })
    }

    pub(crate) fn clear(&mut self) {
        self.parts.clear();
    }
}

impl Calls {
    /// Returns true if there are calls, and fewer than the fraction `rate` of them failed.
    pub(crate) fn are_good(self, rate: f64) -> bool {
        let all = self.succeeded + self.failed;
        all > 0 && (self.failed as f64) < rate * all as f64
    }
}
