use std::time::Duration;

use seawall_store::tokens::Rate;

use crate::Away;

/// What a key is counted by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Terms {
    /// `None` blocks the key.
    pub(crate) rate: Option<Rate>,
    pub(crate) away: Away,
    pub(crate) instances: u32,
}

impl Terms {
    /// Returns the most tokens at once.
    pub(crate) fn burst(&self) -> u32 {
        self.rate.map_or(0, |rate| u32::try_from(rate.burst()).unwrap_or(u32::MAX))
    }

    /// Returns true if each call asks for its own tokens: the burst is small, or a lease would end before it
    /// can be used.
    pub(crate) fn is_direct(&self, round_trip: Duration) -> bool {
        let shortest = (4 * round_trip).max(SHORTEST_LEASE);
        self.rate.is_none_or(|rate| rate.burst() < SMALL || rate.life() <= shortest)
    }
}

/// Of a smaller burst, an instance would keep too much from the others.
pub(crate) const SMALL: u64 = 16;

/// The life of the leases of small bursts: long enough for a later layer to refuse the call.
pub(crate) const SHORT_LIFE: Duration = Duration::from_millis(10);

/// A shorter lease would be spent on the way.
const SHORTEST_LEASE: Duration = Duration::from_micros(200);
