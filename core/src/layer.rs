use std::fmt;
use std::ops::Deref;

use smol_str::SmolStr;

/// A component's name. Names of up to 23 bytes are copied without touching memory elsewhere, so a
/// refusal can carry one and stay cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(SmolStr);

impl Name {
    /// A name that says `name`.
    #[must_use]
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(SmolStr::new(name))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(SmolStr::from(name))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

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

/// One part of a protection: what it is and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Layer {
    component: Component,
    name: Name,
}

impl Layer {
    /// The layer of kind `component` called `name`.
    #[must_use]
    pub fn new(component: Component, name: impl Into<Name>) -> Self {
        Self { component, name: name.into() }
    }

    /// What kind of layer it is.
    #[must_use]
    pub const fn component(&self) -> Component {
        self.component
    }

    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.component.title(), self.name)
    }
}
