use std::fmt;

/// The kind of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Component {
    /// Stops calls to a failing service.
    CircuitBreaker,
    /// Limits the rate of calls.
    RateLimiter,
    /// Limits the number of concurrent calls.
    Bulkhead,
    /// Lends connections.
    ConnectionPool,
    /// Combines several of these under one name.
    Protection,
    /// Bounds retries and hedges.
    Budget,
    /// Makes one call for many callers.
    Coalescer,
    /// Holds all other components.
    Infrastructure,
}

impl Component {
    /// Returns the name that telemetry uses, in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CircuitBreaker => "circuit_breaker",
            Self::RateLimiter => "rate_limiter",
            Self::Bulkhead => "bulkhead",
            Self::ConnectionPool => "connection_pool",
            Self::Protection => "protection",
            Self::Budget => "budget",
            Self::Coalescer => "coalescer",
            Self::Infrastructure => "infrastructure",
        }
    }

    /// Returns the name that sentences use.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::CircuitBreaker => "circuit breaker",
            Self::RateLimiter => "rate limit",
            Self::Bulkhead => "bulkhead",
            Self::ConnectionPool => "connection pool",
            Self::Protection => "protection",
            Self::Budget => "budget",
            Self::Coalescer => "coalescer",
            Self::Infrastructure => "infrastructure",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
