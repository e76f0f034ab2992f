use std::time::Duration;

use seawall_bulkhead::BulkheadOptions;
use seawall_core::{Component, InvalidOption, Layer};
use seawall_store::KeySecret;

/// Configures a bulkhead that instances share. All of them must have the same options.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `lease` | 15 s | time for which an instance holds permits; those of one that is gone are free after it |
/// | `longest_call` | 5 s | time that no call exceeds, at most half of the lease |
/// | `key_secret` | none | secret under which the name is hashed in the store |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedOptions {
    pub(crate) bulkhead: BulkheadOptions,
    pub(crate) lease: Duration,
    pub(crate) longest_call: Duration,
    pub(crate) secret: KeySecret,
    pub(crate) seed: Option<u64>,
}

impl SharedOptions {
    /// Creates options of a bulkhead whose `max_concurrent` is that of all instances together.
    #[must_use]
    pub fn new(bulkhead: BulkheadOptions) -> Self {
        Self {
            bulkhead,
            lease: Duration::from_secs(15),
            longest_call: Duration::from_secs(5),
            secret: KeySecret::new(""),
            seed: None,
        }
    }

    /// Sets the maximum number of concurrent calls of all instances together.
    #[must_use]
    pub fn max_concurrent(mut self, max_concurrent: u32) -> Self {
        self.bulkhead = self.bulkhead.max_concurrent(max_concurrent);
        self
    }

    /// Sets how long an instance holds permits without renewing them, which it does three times in this
    /// time.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets the time that no call exceeds: an instance that does not reach the store starts no call that
    /// could still run when its permits are another's. A call that takes longer may run beside more
    /// than the maximum.
    #[must_use]
    pub const fn longest_call(mut self, longest_call: Duration) -> Self {
        self.longest_call = longest_call;
        self
    }

    /// Sets the secret under which the name is hashed in the store.
    #[must_use]
    pub fn key_secret(mut self, secret: &str) -> Self {
        self.secret = KeySecret::new(secret);
        self
    }

    /// Sets a seed for the instance's id and its random times, for tests whose runs are to be the same.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Checks all options, as starting a bulkhead does.
    ///
    /// # Errors
    /// If the lease is shorter than 30 ms or longer than a day, the longest call is longer than half of
    /// the lease, or an option of the bulkhead is out of its range.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.bulkhead.validate()?;
        let layer = Layer::new(Component::Bulkhead, self.bulkhead.name().clone());
        let invalid = |option, problem: String| Err(InvalidOption::new(&layer, option, problem));
        if self.lease < Duration::from_millis(30) || self.lease > Duration::from_secs(86_400) {
            return invalid("lease", "must be from 30ms to 1day".to_owned());
        }
        if self.longest_call > self.lease / 2 {
            let problem = format!("must be at most half of the lease of {:?}", self.lease);
            return invalid("longest_call", problem);
        }
        Ok(())
    }
}
