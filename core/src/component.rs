crate::__named! {
    /// The kind of a component.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Component {
        /// Stops calls to a failing service.
        CircuitBreaker = "circuit_breaker",
        /// Limits the rate of calls.
        RateLimiter = "rate_limiter",
        /// Limits the number of concurrent calls.
        Bulkhead = "bulkhead",
        /// Lends connections.
        ConnectionPool = "connection_pool",
        /// Combines several of these under one name.
        Protection = "protection",
        /// Bounds retries and hedges.
        Budget = "budget",
        /// Makes one call for many callers.
        Coalescer = "coalescer",
        /// Keeps what instances of a service share.
        Store = "store",
        /// Holds all other components.
        Infrastructure = "infrastructure",
    }
}

impl Component {
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
            Self::Store => "store",
            Self::Infrastructure => "infrastructure",
        }
    }
}
