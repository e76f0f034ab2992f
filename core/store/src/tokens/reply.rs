use std::time::Duration;

use super::Lease;
use crate::number::count;

/// The answer to a [`Lease`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeaseReply {
    /// What was granted; `None` if nothing was.
    pub granted: Option<Granted>,
    /// True if the request came after its deadline and did nothing.
    pub stale: bool,
    /// The store's time in microseconds.
    pub now: f64,
    /// If nothing was granted, the time after which the next request is worth making.
    pub retry_after: Duration,
    /// What is left in the store, from 0 to 1 of the burst.
    pub fill: f64,
    /// The instance's share of the rate, from 0 to 1, for a time without the store.
    pub share: f64,
}

/// Tokens that an instance may use until the life of the lease is over, counted from before it was asked
/// for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Granted {
    /// The number of tokens.
    pub tokens: u64,
    /// Identifies the lease to the store, to give tokens back.
    pub window: f64,
}

impl LeaseReply {
    /// Reads the script's reply to `lease`; `None` if it cannot be one. The reply to another request is none
    /// either: it repeats that one's [random number](Lease::random).
    #[must_use]
    pub fn read(reply: &[f64], lease: &Lease) -> Option<Self> {
        let &[status, now, tokens, window, retry, fill, share, random] = reply else { return None };
        let is_part = |n: f64| (0.0..=1.0).contains(&n);
        let known = status == 0.0 || (status == 1.0 && tokens == 0.0);
        let known = known && random == lease.random;
        let (tokens, retry) = (count(tokens)?, count(retry)?);
        count(now).and(count(window))?;
        if !known || !is_part(fill) || !is_part(share) || tokens > lease.want {
            return None;
        }
        if tokens > 0 && tokens < lease.least {
            return None;
        }
        Some(Self {
            granted: (tokens > 0).then_some(Granted { tokens, window }),
            stale: status == 1.0,
            now,
            retry_after: Duration::from_micros(retry),
            fill,
            share,
        })
    }
}
