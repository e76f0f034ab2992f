use crate::{Health, Infrastructure};

/// Whether the service can do its work.
impl Infrastructure {
    /// Returns whether the service can do its work, and why not.
    ///
    /// The service is `degraded` while a component or some background work is, or while its settings
    /// differ from what its sources have; it still should receive requests. It is `starting` or `failed`
    /// while a component with `required = true` in its settings is, and `stopping` after
    /// [`shutdown`](Self::shutdown) or [`close`](Self::close). Components that nothing requires, such as
    /// open circuits, never take the service out of rotation: what it does without them is its own
    /// business.
    ///
    /// ```
    /// # #[cfg(feature = "breaker")] {
    /// use seawall::breaker::CircuitBreaker;
    /// use seawall::{ConfigSource, Infrastructure};
    ///
    /// let settings = ConfigSource::new().toml_str("[breaker.payments]");
    /// let infra = Infrastructure::builder().config(settings).build()?;
    /// assert_eq!(infra.health().to_string(), "ready");
    /// infra.component::<CircuitBreaker>("payments")?.force_open();
    /// let health = infra.health();
    /// assert_eq!(health.to_string(), "degraded\n  circuit breaker `payments`: it is forced open");
    /// assert!(health.is_ready());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// It takes some microseconds for each component, and is meant for probes and status pages. The
    /// times since when are exact to a second while the background work [runs](Self::run), which also
    /// measures the load of the machine.
    #[must_use]
    pub fn health(&self) -> Health {
        self.live.health()
    }
}
