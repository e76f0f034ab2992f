use std::time::Duration;

use crate::policy::{Chance, share};

/// Shortens times at random, so that they do not all pass together.
#[doc(hidden)]
#[derive(Debug)]
pub struct Jitter(Chance);

impl Jitter {
    /// Draws different numbers in each pool and each process.
    #[must_use]
    pub fn random() -> Self {
        Self(Chance::random())
    }

    /// Shortens `time` by a random 0 to `percent` %; more than 100 counts as 100.
    #[must_use]
    pub fn shorten(&self, time: Duration, percent: u8) -> Duration {
        let longest = time / 100 * u32::from(percent.min(100));
        time.saturating_sub(share(longest, self.0.next()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shortened_by_up_to_the_percentage() {
        const MINUTE: Duration = Duration::from_secs(60);
        let jitter = Jitter(Chance::seeded(1));
        for (percent, least) in [(0, MINUTE), (10, Duration::from_secs(54)), (200, Duration::ZERO)]
        {
            let times = [(); 1000].map(|()| jitter.shorten(MINUTE, percent));
            assert!(times.iter().all(|time| (least..=MINUTE).contains(time)), "{percent}");
            let spread = (MINUTE - least) / 100;
            assert!(times.iter().any(|time| *time <= least + spread), "{percent}");
            assert!(times.iter().any(|time| *time >= MINUTE - spread), "{percent}");
        }
    }
}
