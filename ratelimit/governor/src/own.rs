use std::sync::atomic::{AtomicUsize, Ordering};

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::InMemoryState;
use governor::state::direct::NotKeyed;
use governor::state::keyed::DashMapStateStore;
use seawall_core::{Call, InvalidOption, KeyHash, KeySeed, Tick};

use crate::Rule;
use crate::clock::CallClock;
use crate::library::{Denied, Library, answer};

type Governor<K, S> = governor::RateLimiter<K, S, CallClock, NoOpMiddleware<Nanos>>;

/// Number of calls between two sweeps of a store with few keys.
const SWEEP_AFTER: usize = 1024;

/// governor's limiters for one rule: one for calls without a key, one with its concurrent store.
pub(crate) struct Own {
    unkeyed: Governor<NotKeyed, InMemoryState>,
    keyed: Governor<KeyHash, DashMapStateStore<KeyHash>>,
    seed: KeySeed,
    burst: u32,
    key_parts: Option<usize>,
    /// Number of calls with a key until the next sweep.
    until_sweep: AtomicUsize,
}

impl Own {
    pub(crate) fn new(rule: &Rule) -> Result<Self, InvalidOption> {
        let quota = rule.quota()?;
        // Both start at tick zero, so their times are ticks.
        Ok(CallClock::at(Tick::ZERO, || Self {
            unkeyed: Governor::direct_with_clock(quota, CallClock),
            keyed: Governor::dashmap_with_clock(quota, CallClock),
            seed: KeySeed::random(),
            burst: rule.burst,
            key_parts: rule.key_parts,
            until_sweep: AtomicUsize::new(SWEEP_AFTER),
        }))
    }

    /// Returns the hash under which the call is counted; `None` if it has no key, or no part of it
    /// counts.
    fn key(&self, call: &Call<'_>) -> Option<KeyHash> {
        let key = call.key()?;
        match self.key_parts {
            None => Some(key.hash(&self.seed)),
            Some(0) => None,
            Some(parts) => Some(key.hash_prefix(parts, &self.seed)),
        }
    }

    /// Forgets the keys that are full again, once in as many calls as there were keys after the last
    /// time: so the store stays in proportion to the keys in use.
    fn sweep_sometimes(&self) {
        if self.until_sweep.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.keyed.retain_recent();
            self.until_sweep.store(self.keyed.len().max(SWEEP_AFTER), Ordering::Relaxed);
        }
    }
}

impl Library for Own {
    fn take(&self, call: &Call<'_>) -> Result<(), Denied> {
        // governor would multiply it without a check.
        if call.cost().get() > self.burst {
            return Err(Denied::Always(self.burst));
        }
        let key = self.key(call);
        CallClock::at(call.now(), || {
            let Some(key) = key else {
                return answer(self.unkeyed.check_n(call.cost()), &CallClock);
            };
            let taken = answer(self.keyed.check_key_n(&key, call.cost()), &CallClock);
            self.sweep_sometimes();
            taken
        })
    }

    fn keys(&self) -> Option<usize> {
        Some(self.keyed.len())
    }
}
