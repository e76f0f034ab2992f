use std::error::Error as StdError;
use std::time::Duration;

use crate::{Change, Component, Key, Layer, Refusal, RefusalKind, Tick, Verdict};

/// What telemetry is about. The names are written once, in [`Topic::ALL`]'s table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Topic {
    /// `seawall.circuit_breaker.call_executed`
    BreakerExecuted,
    /// `seawall.circuit_breaker.call_rejected`
    BreakerRejected,
    /// `seawall.circuit_breaker.state_change`
    BreakerChanged,
    /// `seawall.circuit_breaker.alarm_raised`
    AlarmRaised,
    /// `seawall.circuit_breaker.alarm_cleared`
    AlarmCleared,
    /// `seawall.rate_limiter.request_allowed`
    RequestAllowed,
    /// `seawall.rate_limiter.request_denied`
    RequestDenied,
    /// `seawall.bulkhead.call_executed`
    BulkheadExecuted,
    /// `seawall.bulkhead.call_rejected`
    BulkheadRejected,
    /// `seawall.connection_pool.transaction_executed`
    TransactionExecuted,
    /// `seawall.connection_pool.checkout_timeout`
    CheckoutTimeout,
    /// `seawall.connection_pool.pool_full`
    PoolFull,
    /// `seawall.connection_pool.resource_unavailable`
    ResourceUnavailable,
    /// `seawall.connection_pool.checkout_rejected`
    CheckoutRejected,
    /// `seawall.infrastructure.component_started`
    ComponentStarted,
    /// `seawall.infrastructure.component_degraded`
    ComponentDegraded,
    /// `seawall.infrastructure.component_recovered`
    ComponentRecovered,
}

impl Topic {
    /// Every topic with its component and name.
    pub const ALL: [(Self, Component, &'static str); 17] = [
        (Self::BreakerExecuted, Component::CircuitBreaker, "call_executed"),
        (Self::BreakerRejected, Component::CircuitBreaker, "call_rejected"),
        (Self::BreakerChanged, Component::CircuitBreaker, "state_change"),
        (Self::AlarmRaised, Component::CircuitBreaker, "alarm_raised"),
        (Self::AlarmCleared, Component::CircuitBreaker, "alarm_cleared"),
        (Self::RequestAllowed, Component::RateLimiter, "request_allowed"),
        (Self::RequestDenied, Component::RateLimiter, "request_denied"),
        (Self::BulkheadExecuted, Component::Bulkhead, "call_executed"),
        (Self::BulkheadRejected, Component::Bulkhead, "call_rejected"),
        (Self::TransactionExecuted, Component::ConnectionPool, "transaction_executed"),
        (Self::CheckoutTimeout, Component::ConnectionPool, "checkout_timeout"),
        (Self::PoolFull, Component::ConnectionPool, "pool_full"),
        (Self::ResourceUnavailable, Component::ConnectionPool, "resource_unavailable"),
        (Self::CheckoutRejected, Component::ConnectionPool, "checkout_rejected"),
        (Self::ComponentStarted, Component::Infrastructure, "component_started"),
        (Self::ComponentDegraded, Component::Infrastructure, "component_degraded"),
        (Self::ComponentRecovered, Component::Infrastructure, "component_recovered"),
    ];

    const fn row(self) -> (Self, Component, &'static str) {
        Self::ALL[self as usize]
    }

    /// What kind of component it is about.
    #[must_use]
    pub const fn component(self) -> Component {
        self.row().1
    }

    /// Its name, without the component: `call_executed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().2
    }

    /// The topic of a call that a layer of this kind let through and that has ended.
    pub(crate) const fn executed(component: Component) -> Option<Self> {
        match component {
            Component::CircuitBreaker => Some(Self::BreakerExecuted),
            Component::Bulkhead => Some(Self::BulkheadExecuted),
            Component::ConnectionPool => Some(Self::TransactionExecuted),
            Component::RateLimiter | Component::Protection | Component::Infrastructure => None,
        }
    }

    /// The topic of a refusal by a layer of this kind.
    pub(crate) const fn refused(component: Component, kind: RefusalKind) -> Option<Self> {
        match (component, kind) {
            (Component::CircuitBreaker, _) => Some(Self::BreakerRejected),
            (Component::RateLimiter, _) => Some(Self::RequestDenied),
            (Component::Bulkhead, _) => Some(Self::BulkheadRejected),
            (Component::ConnectionPool, RefusalKind::PoolFull) => Some(Self::PoolFull),
            (Component::ConnectionPool, RefusalKind::CheckoutTimeout) => {
                Some(Self::CheckoutTimeout)
            }
            (Component::ConnectionPool, RefusalKind::ResourceUnavailable) => {
                Some(Self::ResourceUnavailable)
            }
            (Component::ConnectionPool, _) => Some(Self::CheckoutRejected),
            (Component::Protection | Component::Infrastructure, _) => None,
        }
    }
}

impl std::fmt::Display for Topic {
    /// The whole name: `seawall.circuit_breaker.call_executed`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "seawall.{}.{}", self.component().as_str(), self.name())
    }
}

/// Something that happened. Made only if there is an [`Observer`](crate::Observer).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// What it is about.
    pub topic: Topic,
    /// Whom it happened to.
    pub layer: &'a Layer,
    /// When.
    pub at: Tick,
    /// What there is to say about it.
    pub detail: Detail<'a>,
    /// The key of the call that was let through or refused, if it had one and the driver was asked to
    /// tell: [`Driver::with_keys_in_events`](crate::Driver::with_keys_in_events).
    pub key: Option<Key<'a>>,
}

impl<'a> Event<'a> {
    /// An event about `layer`.
    #[must_use]
    pub const fn new(topic: Topic, layer: &'a Layer, at: Tick, detail: Detail<'a>) -> Self {
        Self { topic, layer, at, detail, key: None }
    }
}

/// What there is to say about an event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Detail<'a> {
    /// Nothing more.
    None,
    /// A call was let through and has ended.
    #[non_exhaustive]
    Executed {
        /// How it ended.
        verdict: Verdict,
        /// Was it cut by its timeout?
        timed_out: bool,
        /// How long it ran, from its admission.
        elapsed: Duration,
    },
    /// A call was let through.
    #[non_exhaustive]
    Allowed {
        /// What it cost.
        cost: u32,
        /// How long it waited for that.
        waited: Duration,
    },
    /// A call was refused.
    Refused(&'a Refusal),
    /// A state changed.
    Changed(Change),
    /// A component cannot do all it is there for.
    #[non_exhaustive]
    Degraded {
        /// What is in its way, if that is known.
        cause: Option<&'a (dyn StdError + 'static)>,
    },
}

impl<'a> Detail<'a> {
    /// A component cannot do all it is there for, because of `cause`.
    #[must_use]
    pub const fn degraded(cause: Option<&'a (dyn StdError + 'static)>) -> Self {
        Self::Degraded { cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_stands_at_its_own_row() {
        for (topic, component, name) in Topic::ALL {
            assert_eq!((topic.component(), topic.name()), (component, name), "{topic:?}");
        }
        assert_eq!(Topic::BreakerChanged.to_string(), "seawall.circuit_breaker.state_change");
    }
}
