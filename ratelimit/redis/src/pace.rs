use std::time::Duration;

use seawall_core::Tick;

use crate::link::nanos;

/// Spaces the requests of a key: some may be sent at once, as when load begins, and then one in each
/// [`SPACING`]. So an instance never makes more than 7.2 requests a second for a key, in the mean, whose
/// leases last for a third of a second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    /// When [`AT_ONCE`] requests may be sent at once again.
    full_at: Tick,
}

/// Requests that may be sent without spacing.
const AT_ONCE: u32 = 5;
/// The mean time between requests, in lives of a lease.
const SPACING: f64 = 0.42;

impl Pace {
    /// Returns when the next request may be sent, for leases of that life.
    pub(crate) fn next(&self, life: Duration) -> Tick {
        let ahead = nanos(life.mul_f64(SPACING) * (AT_ONCE - 1));
        Tick::from_nanos(self.full_at.as_nanos().saturating_sub(ahead))
    }

    /// Notes a request at `now`.
    pub(crate) fn sent(&mut self, now: Tick, life: Duration) {
        self.full_at = self.full_at.max(now) + life.mul_f64(SPACING);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_some_requests_at_once_the_next_ones_are_spaced() {
        let (life, mut pace, mut now) = (Duration::from_secs(1), Pace::default(), Tick::ZERO);
        now = now + Duration::from_secs(60);
        let begin = now;
        for _ in 0..12 {
            now = now.max(pace.next(life));
            pace.sent(now, life);
        }
        assert_eq!(now.since(begin), Duration::from_millis(7 * 420));
    }
}
