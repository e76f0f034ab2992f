use std::time::Duration;

use seawall_breaker::{BreakerOptions, Ratio};
use seawall_core::{Component, InvalidOption, Layer};
use seawall_store::KeySecret;
use seawall_store::circuit::Terms;

/// Configures a breaker with a view that instances share. All of them must have the same options.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `exchange_every` | 250 ms | time between exchanges with the store, 20 % more or less |
/// | `view_window` | 2 s | the calls that the shared view counts are those of this last time |
/// | `shared_minimum_calls` | 20 | with fewer calls of all instances, the shared circuit does not open |
/// | `shared_failure_rate` | 50 % | fraction of these calls that opens it by failing |
/// | `failing_nodes` | 2 | with fewer instances for which the service fails, it does not open |
/// | `failing_share` | a third | fraction of the active instances that these must be |
/// | `shared_probe_lease` | 1 s | time for which an instance may probe without renewing its lease |
/// | `key_secret` | none | secret under which the name is hashed in the store |
#[derive(Clone, Debug, PartialEq)]
pub struct SharedOptions {
    pub(crate) breaker: BreakerOptions,
    pub(crate) exchange_every: Duration,
    pub(crate) view_window: Duration,
    pub(crate) minimum_calls: u32,
    pub(crate) failure_rate: Ratio,
    pub(crate) failing_nodes: u32,
    pub(crate) failing_share: Ratio,
    pub(crate) probe_lease: Duration,
    pub(crate) secret: KeySecret,
    pub(crate) seed: Option<u64>,
}

impl SharedOptions {
    /// Creates options of a breaker whose own circuit has the options `breaker`.
    #[must_use]
    pub fn new(breaker: BreakerOptions) -> Self {
        Self {
            breaker,
            exchange_every: Duration::from_millis(250),
            view_window: Duration::from_secs(2),
            minimum_calls: 20,
            failure_rate: Ratio::percent(50),
            failing_nodes: 2,
            failing_share: Ratio::THIRD,
            probe_lease: Duration::from_secs(1),
            secret: KeySecret::new(""),
            seed: None,
        }
    }

    /// Sets the time between exchanges with the store, which is varied by 20 %. After four of these times
    /// without an exchange, an instance counts no longer.
    #[must_use]
    pub const fn exchange_every(mut self, time: Duration) -> Self {
        self.exchange_every = time;
        self
    }

    /// Sets the length of time whose calls the shared view counts.
    #[must_use]
    pub const fn view_window(mut self, window: Duration) -> Self {
        self.view_window = window;
        self
    }

    /// Sets the number of calls of all instances, within the window, below which the shared circuit does not
    /// open.
    #[must_use]
    pub const fn shared_minimum_calls(mut self, calls: u32) -> Self {
        self.minimum_calls = calls;
        self
    }

    /// Sets the fraction of the calls of all instances that opens the shared circuit by failing. By the same
    /// fraction of its own calls, the service fails for an instance.
    #[must_use]
    pub const fn shared_failure_rate(mut self, rate: Ratio) -> Self {
        self.failure_rate = rate;
        self
    }

    /// Sets the number of instances for which the service has to fail.
    #[must_use]
    pub const fn failing_nodes(mut self, nodes: u32) -> Self {
        self.failing_nodes = nodes;
        self
    }

    /// Sets the fraction of the active instances for which the service has to fail: of those that had calls
    /// within the window, or whose own rules have opened their circuit.
    #[must_use]
    pub const fn failing_share(mut self, share: Ratio) -> Self {
        self.failing_share = share;
        self
    }

    /// Sets for how long an instance may probe without renewing its lease, which it does at each exchange. If
    /// it crashes, another one probes after this time.
    #[must_use]
    pub const fn shared_probe_lease(mut self, lease: Duration) -> Self {
        self.probe_lease = lease;
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

    /// Returns the terms of the shared circuit.
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            least_calls: self.minimum_calls,
            failure_rate: self.failure_rate.as_f64(),
            least_nodes: self.failing_nodes,
            node_share: self.failing_share.as_f64(),
            lease: self.probe_lease,
            life: self.life(),
        }
    }

    /// Returns the silence after which an instance counts no longer.
    pub(crate) const fn life(&self) -> Duration {
        self.exchange_every.saturating_mul(4)
    }

    /// Checks all options, as starting a breaker does.
    ///
    /// # Errors
    /// Returns the first option that is out of its range, or contradicts another.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.breaker.validate()?;
        let layer = Layer::new(Component::CircuitBreaker, self.breaker.name().clone());
        let invalid =
            |option, problem: &str| Err(InvalidOption::new(&layer, option, problem.to_owned()));
        let (shortest, longest) = (Duration::from_millis(10), Duration::from_secs(60));
        if !(shortest..=longest).contains(&self.exchange_every) {
            return invalid("exchange_every", "must be from 10ms to 1min");
        }
        if self.view_window < self.life() {
            return invalid("view_window", "must be at least four times `exchange_every`");
        }
        if self.view_window > Duration::from_secs(3600) {
            return invalid("view_window", "must be at most 1h");
        }
        if self.probe_lease < self.exchange_every.saturating_mul(2) {
            return invalid("shared_probe_lease", "must be at least twice `exchange_every`");
        }
        if self.probe_lease > Duration::from_secs(3600) {
            return invalid("shared_probe_lease", "must be at most 1h");
        }
        if self.failure_rate.as_f64() <= 0.0 {
            return invalid("shared_failure_rate", "must be more than zero");
        }
        for (option, count) in
            [("shared_minimum_calls", self.minimum_calls), ("failing_nodes", self.failing_nodes)]
        {
            if !(1..=BreakerOptions::MAX_COUNT).contains(&count) {
                return invalid(option, "must be between 1 and 1,000,000");
            }
        }
        Ok(())
    }
}
