use std::fmt;

/// What kind of thing a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Component {
    /// Stops calls to what keeps failing.
    CircuitBreaker,
    /// Bounds how often.
    RateLimiter,
    /// Bounds how many at once.
    Bulkhead,
    /// Lends out connections.
    ConnectionPool,
    /// Several of these in a row, under one name.
    Protection,
    /// What holds the others together.
    Infrastructure,
}

impl Component {
    /// The name telemetry uses, in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CircuitBreaker => "circuit_breaker",
            Self::RateLimiter => "rate_limiter",
            Self::Bulkhead => "bulkhead",
            Self::ConnectionPool => "connection_pool",
            Self::Protection => "protection",
            Self::Infrastructure => "infrastructure",
        }
    }

    /// The name a sentence uses.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::CircuitBreaker => "circuit breaker",
            Self::RateLimiter => "rate limit",
            Self::Bulkhead => "bulkhead",
            Self::ConnectionPool => "connection pool",
            Self::Protection => "protection",
            Self::Infrastructure => "infrastructure",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
