use std::time::Duration;

use seawall_testkit::limiter::Setup;

/// How tokens flow, exactly: in parts of a token, of which there are as many as a period has
/// nanoseconds, so that in each nanosecond as many flow in as there are tokens a period.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Rate {
    limit: u32,
    period: Duration,
    /// The most tokens there can be.
    pub(super) burst: u32,
}

impl Rate {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { limit: setup.limit, period: setup.period, burst: setup.burst }
    }

    pub(super) fn parts(&self, tokens: u32) -> u128 {
        u128::from(tokens) * self.period.as_nanos()
    }

    pub(super) fn flow(&self, time: Duration) -> u128 {
        u128::from(self.limit) * time.as_nanos()
    }

    /// How long it takes until so much has flowed in.
    pub(super) fn time(&self, parts: u128) -> Duration {
        let nanos = parts.div_ceil(self.limit.into());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// What is left of the burst to one who owes `debt`, in tokens rounded down.
    pub(super) fn left(&self, debt: u128) -> u32 {
        self.burst - self.owed(debt)
    }

    /// A debt in tokens, rounded up, and no more than there can be.
    pub(super) fn owed(&self, debt: u128) -> u32 {
        u32::try_from(debt.div_ceil(self.period.as_nanos()))
            .map_or(self.burst, |owed| owed.min(self.burst))
    }
}
