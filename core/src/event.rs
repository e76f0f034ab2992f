use std::error::Error as StdError;
use std::panic::Location;
use std::time::Duration;

use crate::policy::NotRetried;
use crate::{
    Change, Component, ControlAction, Interest, Key, Layer, Refusal, RefusalKind, Tick, Verdict,
};

/// What an event is about. The names are written once, in the table of [`Topic::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Topic {
    /// A circuit breaker admitted a call, which has ended: `seawall.circuit_breaker.call_executed`.
    BreakerExecuted,
    /// A circuit breaker refused a call: `seawall.circuit_breaker.call_rejected`.
    BreakerRejected,
    /// A circuit changed its state: `seawall.circuit_breaker.state_change`.
    BreakerChanged,
    /// A circuit was open for longer than its alarm allows: `seawall.circuit_breaker.alarm_raised`.
    AlarmRaised,
    /// A circuit with an alarm has been closed for long enough: `seawall.circuit_breaker.alarm_cleared`.
    AlarmCleared,
    /// A rate limiter admitted a call: `seawall.rate_limiter.request_allowed`.
    RequestAllowed,
    /// A rate limiter refused a call: `seawall.rate_limiter.request_denied`.
    RequestDenied,
    /// A bulkhead admitted a call, which has ended: `seawall.bulkhead.call_executed`.
    BulkheadExecuted,
    /// A bulkhead refused a call: `seawall.bulkhead.call_rejected`.
    BulkheadRejected,
    /// A bulkhead admitted a call that had waited in it: `seawall.bulkhead.call_waited`.
    BulkheadWaited,
    /// A pool lent a resource, which has come back: `seawall.connection_pool.transaction_executed`.
    TransactionExecuted,
    /// No resource became free in time: `seawall.connection_pool.checkout_timeout`.
    CheckoutTimeout,
    /// A pool had no resource, and the caller could not wait for one: `seawall.connection_pool.pool_full`.
    PoolFull,
    /// A pool could not connect to its resource: `seawall.connection_pool.resource_unavailable`.
    ResourceUnavailable,
    /// A pool refused a checkout for another reason: `seawall.connection_pool.checkout_rejected`.
    CheckoutRejected,
    /// A checkout succeeded after a long time: `seawall.connection_pool.checkout_slow`.
    CheckoutSlow,
    /// A resource was lent for longer than its borrowers should need:
    /// `seawall.connection_pool.resource_leaked`.
    ResourceLeaked,
    /// Checks or resets have failed again and again: `seawall.connection_pool.checks_failing`.
    ChecksFailing,
    /// A call through a named protection has ended: `seawall.protection.call_executed`.
    ProtectionExecuted,
    /// A call through a named protection was refused: `seawall.protection.call_rejected`.
    ProtectionRejected,
    /// A call through a named protection was cut by its timeout or deadline: `seawall.protection.call_timed_out`.
    ProtectionTimedOut,
    /// An attempt of a call through a named protection has ended: `seawall.protection.attempt_executed`.
    /// The whole call emits [`Topic::ProtectionExecuted`] or [`Topic::ProtectionTimedOut`] once.
    AttemptExecuted,
    /// An attempt of a call through a named protection was refused: `seawall.protection.attempt_rejected`.
    AttemptRejected,
    /// A call will be attempted again: `seawall.protection.retry`.
    Retry,
    /// A call that failed is not attempted again, although its policy has retries:
    /// `seawall.protection.retry_exhausted`.
    RetryExhausted,
    /// A call that failed is not attempted again because the budget of extra calls is exhausted:
    /// `seawall.protection.budget_exhausted`.
    BudgetExhausted,
    /// A call makes one attempt, although its protection has retries, because it cannot be repeated:
    /// `seawall.protection.retry_skipped`.
    RetrySkipped,
    /// A copy of a call that takes long is sent: `seawall.protection.hedge`.
    Hedge,
    /// The copy of a call answered first: `seawall.protection.hedge_won`.
    HedgeWon,
    /// The error of a call was to be replaced by its fallback: `seawall.protection.fallback`.
    Fallback,
    /// An old answer was given in place of a call that failed: `seawall.coalescer.stale_answer`.
    StaleAnswer,
    /// A component was started: `seawall.infrastructure.component_started`.
    ComponentStarted,
    /// A component cannot do all of its work: `seawall.infrastructure.component_degraded`.
    ComponentDegraded,
    /// A component that was degraded works again: `seawall.infrastructure.component_recovered`.
    ComponentRecovered,
    /// A component was put under manual control, or released: `seawall.infrastructure.control_changed`.
    ControlChanged,
    /// A running component was replaced by one of other settings: `seawall.infrastructure.component_replaced`.
    ComponentReplaced,
    /// A component was removed: `seawall.infrastructure.component_removed`.
    ComponentRemoved,
    /// Another version of the settings is in effect: `seawall.infrastructure.config_reloaded`.
    ConfigReloaded,
    /// Settings were refused, and the running version goes on: `seawall.infrastructure.config_rejected`.
    ConfigRejected,
    /// Background work failed or panicked, and starts again after a while:
    /// `seawall.infrastructure.background_failed`.
    BackgroundFailed,
    /// Background work that had failed was started again: `seawall.infrastructure.background_restarted`.
    BackgroundRestarted,
    /// Settings that came into effect probably do harm together: `seawall.infrastructure.config_warning`.
    ConfigWarning,
    /// A store is set up so that what instances share may be lost: `seawall.infrastructure.store_warning`.
    StoreWarning,
}

impl Topic {
    /// Every topic with its component and name.
    pub const ALL: &'static [(Self, Component, &'static str)] = &[
        (Self::BreakerExecuted, Component::CircuitBreaker, "call_executed"),
        (Self::BreakerRejected, Component::CircuitBreaker, "call_rejected"),
        (Self::BreakerChanged, Component::CircuitBreaker, "state_change"),
        (Self::AlarmRaised, Component::CircuitBreaker, "alarm_raised"),
        (Self::AlarmCleared, Component::CircuitBreaker, "alarm_cleared"),
        (Self::RequestAllowed, Component::RateLimiter, "request_allowed"),
        (Self::RequestDenied, Component::RateLimiter, "request_denied"),
        (Self::BulkheadExecuted, Component::Bulkhead, "call_executed"),
        (Self::BulkheadRejected, Component::Bulkhead, "call_rejected"),
        (Self::BulkheadWaited, Component::Bulkhead, "call_waited"),
        (Self::TransactionExecuted, Component::ConnectionPool, "transaction_executed"),
        (Self::CheckoutTimeout, Component::ConnectionPool, "checkout_timeout"),
        (Self::PoolFull, Component::ConnectionPool, "pool_full"),
        (Self::ResourceUnavailable, Component::ConnectionPool, "resource_unavailable"),
        (Self::CheckoutRejected, Component::ConnectionPool, "checkout_rejected"),
        (Self::CheckoutSlow, Component::ConnectionPool, "checkout_slow"),
        (Self::ResourceLeaked, Component::ConnectionPool, "resource_leaked"),
        (Self::ChecksFailing, Component::ConnectionPool, "checks_failing"),
        (Self::ProtectionExecuted, Component::Protection, "call_executed"),
        (Self::ProtectionRejected, Component::Protection, "call_rejected"),
        (Self::ProtectionTimedOut, Component::Protection, "call_timed_out"),
        (Self::AttemptExecuted, Component::Protection, "attempt_executed"),
        (Self::AttemptRejected, Component::Protection, "attempt_rejected"),
        (Self::Retry, Component::Protection, "retry"),
        (Self::RetryExhausted, Component::Protection, "retry_exhausted"),
        (Self::BudgetExhausted, Component::Protection, "budget_exhausted"),
        (Self::RetrySkipped, Component::Protection, "retry_skipped"),
        (Self::Hedge, Component::Protection, "hedge"),
        (Self::HedgeWon, Component::Protection, "hedge_won"),
        (Self::Fallback, Component::Protection, "fallback"),
        (Self::StaleAnswer, Component::Coalescer, "stale_answer"),
        (Self::ComponentStarted, Component::Infrastructure, "component_started"),
        (Self::ComponentDegraded, Component::Infrastructure, "component_degraded"),
        (Self::ComponentRecovered, Component::Infrastructure, "component_recovered"),
        (Self::ControlChanged, Component::Infrastructure, "control_changed"),
        (Self::ComponentReplaced, Component::Infrastructure, "component_replaced"),
        (Self::ComponentRemoved, Component::Infrastructure, "component_removed"),
        (Self::ConfigReloaded, Component::Infrastructure, "config_reloaded"),
        (Self::ConfigRejected, Component::Infrastructure, "config_rejected"),
        (Self::BackgroundFailed, Component::Infrastructure, "background_failed"),
        (Self::BackgroundRestarted, Component::Infrastructure, "background_restarted"),
        (Self::ConfigWarning, Component::Infrastructure, "config_warning"),
        (Self::StoreWarning, Component::Infrastructure, "store_warning"),
    ];

    const fn row(self) -> (Self, Component, &'static str) {
        Self::ALL[self as usize]
    }

    /// Returns the kind of component that it is about.
    #[must_use]
    pub const fn component(self) -> Component {
        self.row().1
    }

    /// Returns the name without the component: `call_executed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().2
    }

    /// Returns the least interest that an observer needs to receive it.
    #[must_use]
    pub const fn interest(self) -> Interest {
        match self.component() {
            Component::Infrastructure => Interest::Infrastructure,
            _ => match self {
                Self::BreakerChanged
                | Self::AlarmRaised
                | Self::AlarmCleared
                | Self::ResourceLeaked
                | Self::ChecksFailing => Interest::Changes,
                Self::BreakerExecuted
                | Self::BulkheadExecuted
                | Self::BulkheadWaited
                | Self::RequestAllowed
                | Self::TransactionExecuted
                | Self::ProtectionExecuted
                | Self::AttemptExecuted => Interest::Calls,
                _ => Interest::Refusals,
            },
        }
    }

    /// Returns the topic for a call that a layer of this kind admitted and that has ended.
    pub(crate) const fn executed(component: Component) -> Option<Self> {
        match component {
            Component::CircuitBreaker => Some(Self::BreakerExecuted),
            Component::Bulkhead => Some(Self::BulkheadExecuted),
            Component::ConnectionPool => Some(Self::TransactionExecuted),
            Component::RateLimiter
            | Component::Protection
            | Component::Budget
            | Component::Coalescer
            | Component::Store
            | Component::Infrastructure => None,
        }
    }

    /// Returns the topic for a refusal by a layer of this kind.
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
            (
                Component::Protection
                | Component::Budget
                | Component::Coalescer
                | Component::Store
                | Component::Infrastructure,
                _,
            ) => None,
        }
    }
}

impl std::fmt::Display for Topic {
    /// Writes the whole name: `seawall.circuit_breaker.call_executed`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "seawall.{}.{}", self.component().as_str(), self.name())
    }
}

/// Something that happened. Created only if there is an [`Observer`](crate::Observer).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The topic.
    pub topic: Topic,
    /// The component that it happened to.
    pub layer: &'a Layer,
    /// The named protection that the call went through; `None` if the component was used by itself,
    /// and for events that no call caused.
    pub protection: Option<&'a Layer>,
    /// The namespace of the driver, if it has one:
    /// [`Driver::with_namespace`](crate::Driver::with_namespace).
    pub namespace: Option<&'a str>,
    /// The time by the driver's clock.
    pub at: Tick,
    /// The details.
    pub detail: Detail<'a>,
    /// The key of the call, if it had one and the driver puts keys in events:
    /// [`Driver::with_keys_in_events`](crate::Driver::with_keys_in_events).
    pub key: Option<Key<'a>>,
    /// The number of the attempt that it is about: 1 for the first, and for calls without a policy.
    pub attempt: u32,
}

impl<'a> Event<'a> {
    /// Creates an event about `layer`, without a protection, a namespace and a key.
    #[must_use]
    pub const fn new(topic: Topic, layer: &'a Layer, at: Tick, detail: Detail<'a>) -> Self {
        Self { topic, layer, protection: None, namespace: None, at, detail, key: None, attempt: 1 }
    }
}

/// The details of an event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Detail<'a> {
    /// There are none.
    None,
    /// A call was admitted and has ended.
    #[non_exhaustive]
    Executed {
        /// How the call ended.
        verdict: Verdict,
        /// True if the call was cut by its timeout or deadline.
        timed_out: bool,
        /// The time from the call's admission to its end; for a protection, from when the caller
        /// asked.
        elapsed: Duration,
        /// The time from when the caller asked to the admission: of a protection, which `elapsed`
        /// includes, and of a pool, which it does not. `None` for other layers, and for the whole of a
        /// call that could take several attempts, each of which has its own.
        waited: Option<Duration>,
    },
    /// A call was admitted by a rate limiter, or by a bulkhead in which it had waited.
    #[non_exhaustive]
    Allowed {
        /// The call's cost in tokens.
        cost: u32,
        /// The time that the call waited for its tokens or its place.
        waited: Duration,
    },
    /// A call was refused.
    Refused(&'a Refusal),
    /// A state changed.
    Changed(Change),
    /// Manual control did something to a component, or to one key of it: then the event has the key, if
    /// events have keys.
    #[non_exhaustive]
    Controlled {
        /// What it did.
        action: ControlAction,
        /// The operator or the program that did it.
        by: &'a str,
        /// The reason that it was done for.
        reason: &'a str,
        /// The time after which it ends by itself, if it does.
        expires_after: Option<Duration>,
    },
    /// A call will be attempted again.
    #[non_exhaustive]
    Retry {
        /// How the last attempt ended; [`Verdict::Unused`] if it was refused.
        verdict: Verdict,
        /// The time until the next attempt.
        wait: Duration,
    },
    /// The error of a call was to be replaced by its fallback.
    #[non_exhaustive]
    Fallback {
        /// What was replaced: the kind of a refusal, `timed_out`, `failure` or `overload`; `share` if the
        /// call went through the fallback first, to know that it works.
        replaced: &'static str,
        /// False if the fallback failed or was cut, so that the caller got the call's own error.
        succeeded: bool,
    },
    /// An old answer was given.
    #[non_exhaustive]
    Stale {
        /// What it replaced: the kind of a refusal, `timed_out` or `failure`; `backoff` if no call was made,
        /// shortly after one that failed.
        replaced: &'static str,
        /// The time since the call that returned the answer.
        age: Duration,
    },
    /// A call is not attempted again, although its policy has retries.
    NotRetried(NotRetried),
    /// A checkout took long, or a resource has been lent for long.
    #[non_exhaustive]
    Lent {
        /// The time since the checkout began, or since the resource was lent.
        elapsed: Duration,
        /// The place in the code that asked for it.
        caller: &'static Location<'static>,
    },
    /// A component or background work cannot do its work.
    #[non_exhaustive]
    Degraded {
        /// The error that keeps it from working, if that is known.
        cause: Option<&'a (dyn StdError + 'static)>,
    },
    /// Another version of the settings is in effect.
    #[non_exhaustive]
    Reloaded {
        /// The number of the version.
        version: u64,
        /// The reason for the change: `reload`, `roll_back` or `code`.
        origin: &'a str,
        /// What is different, in one line.
        summary: &'a str,
    },
    /// What settings or the set-up of a store will lead to, and what to do instead.
    Warning(&'a str),
    /// Settings were refused.
    #[non_exhaustive]
    Rejected {
        /// The number of the version that goes on.
        version: u64,
        /// All that is wrong with the settings.
        cause: &'a (dyn StdError + 'static),
    },
}

impl<'a> Detail<'a> {
    /// Creates the details of a checkout or a loan that `caller` asked for and that has taken `elapsed`.
    #[must_use]
    pub const fn lent(elapsed: Duration, caller: &'static Location<'static>) -> Self {
        Self::Lent { elapsed, caller }
    }

    /// Creates the details of a change of the settings.
    #[must_use]
    pub const fn reloaded(version: u64, origin: &'a str, summary: &'a str) -> Self {
        Self::Reloaded { version, origin, summary }
    }

    /// Creates the details of settings that were refused while `version` is running.
    #[must_use]
    pub const fn rejected(version: u64, cause: &'a (dyn StdError + 'static)) -> Self {
        Self::Rejected { version, cause }
    }

    /// Creates the details of a component that cannot do all of its work because of `cause`.
    #[must_use]
    pub const fn degraded(cause: Option<&'a (dyn StdError + 'static)>) -> Self {
        Self::Degraded { cause }
    }

    /// Creates the details of manual control.
    #[must_use]
    pub const fn controlled(
        action: ControlAction,
        by: &'a str,
        reason: &'a str,
        expires_after: Option<Duration>,
    ) -> Self {
        Self::Controlled { action, by, reason, expires_after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_at_its_own_row() {
        for &(topic, component, name) in Topic::ALL {
            assert_eq!((topic.component(), topic.name()), (component, name), "{topic:?}");
        }
        assert_eq!(Topic::BreakerChanged.to_string(), "seawall.circuit_breaker.state_change");
    }
}
