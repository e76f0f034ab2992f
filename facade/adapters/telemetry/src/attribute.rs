//! The names and values of attributes.

use std::borrow::Cow;

use seawall_core::{Component, Layer};

/// An attribute of a series: its name and its value.
pub type Attribute = (&'static str, Cow<'static, str>);

/// The attributes of one series.
pub type Attributes = Vec<Attribute>;

/// The protection that a call went through.
pub const PIPELINE: &str = "resilience.pipeline.name";
/// The layer.
pub const STRATEGY: &str = "resilience.strategy.name";
/// The kind of the layer.
pub const STRATEGY_TYPE: &str = "resilience.strategy.type";
/// The namespace of the infrastructure.
pub const NAMESPACE: &str = "resilience.namespace";
/// The name of a rare event.
pub const EVENT: &str = "resilience.event.name";
/// The number of an attempt.
pub const ATTEMPT: &str = "resilience.attempt.index";
/// The state of a circuit.
pub const STATE: &str = "resilience.circuit_breaker.state";
/// The state that a circuit left.
pub const STATE_FROM: &str = "resilience.circuit_breaker.state.from";
/// How a call ended.
pub const OUTCOME: &str = "outcome";
/// What went wrong with a call, by the name that OpenTelemetry has for it.
pub const ERROR: &str = "error.type";
/// How an attempt ended.
pub const VERDICT: &str = "verdict";
/// The kind of a refusal or of a disagreement.
pub const KIND: &str = "kind";
/// Why something happened.
pub const CAUSE: &str = "cause";
/// Why a connection was closed.
pub const REASON: &str = "reason";
/// The budget of extra calls.
pub const TARGET: &str = "target";
/// The pool.
pub const POOL: &str = "db.client.connection.pool.name";
/// The state of a connection.
pub const CONNECTION_STATE: &str = "db.client.connection.state";

/// The value that all names share beyond the first thousand.
pub const OTHER: &str = "_OTHER";

/// Every attribute with what it is and which values it has.
pub const ATTRIBUTES: &[(&str, &str, &str)] = &[
    (PIPELINE, "the protection", "as configured"),
    (STRATEGY, "the layer", "as configured"),
    (
        STRATEGY_TYPE,
        "the kind of the layer",
        "`circuit_breaker`, `rate_limiter`, `bulkhead`, `connection_pool`, `budget`, `protection`, \
         `infrastructure`",
    ),
    (NAMESPACE, "the namespace of the infrastructure, if it has one", "as configured"),
    (
        EVENT,
        "the event",
        "`circuit_opened` and the like for changes of state, else the topic's name",
    ),
    (ATTEMPT, "the attempt, from 0", "`0`, `1`, `2+`"),
    (
        STATE,
        "the state of a circuit, of an event the new one",
        "`closed`, `open`, `half_open`, \
      `recovering`, `forced_open`, `disabled`, `observing`",
    ),
    (STATE_FROM, "the state that a circuit left", "as above"),
    (
        OUTCOME,
        "how a call ended",
        "the verdict; `timed_out` if the time limit cut it; `late` if its circuit had changed \
         meanwhile; of a refused call the kind of the refusal, or `refused`; of a request to a store, `success` or `failure`",
    ),
    (
        ERROR,
        "what went wrong, if anything did",
        "the kind of the refusal, `timed_out`, or `_OTHER` for the operation's own error",
    ),
    (
        VERDICT,
        "how an attempt ended",
        "`success`, `failure`, `overload`, `ignored`, `abandoned`, \
      `superseded`, `panicked`",
    ),
    (
        KIND,
        "the kind of a refusal or of a disagreement",
        "`circuit_open`, `rate_limited`, `bulkhead_full` and so on; `would_refuse`, `would_admit`, `would_time_out`, `would_retry`, `would_hedge`",
    ),
    (
        CAUSE,
        "the cause of an event",
        "a fixed set: of a change of state, a retry, a fallback, an \
      act of control",
    ),
    (
        REASON,
        "why a connection was closed",
        "`broken`, `failed_check`, `cut_check`, `suspect`, \
      `abandoned`, `too_old`, `idle_too_long`, `surplus`, `removed`, `shut_down`",
    ),
    (TARGET, "the budget of extra calls", "as configured"),
    (POOL, "the pool", "as configured"),
    (CONNECTION_STATE, "the state of a connection", "`idle`, `used`"),
];

/// Returns an attribute with a fixed value.
pub(crate) const fn fixed(name: &'static str, value: &'static str) -> Attribute {
    (name, Cow::Borrowed(value))
}

/// Returns an attribute with a value from the configuration.
pub(crate) fn named(name: &'static str, value: &str) -> Attribute {
    (name, Cow::Owned(value.to_owned()))
}

/// Returns the attributes that name a layer.
pub(crate) fn of_layer(layer: &Layer, namespace: Option<&str>) -> Attributes {
    let name = layer.name().as_str();
    let mut attributes = match layer.component() {
        Component::ConnectionPool => vec![named(POOL, name)],
        _ => vec![named(STRATEGY, name), fixed(STRATEGY_TYPE, layer.component().as_str())],
    };
    attributes.extend(namespace.map(|namespace| named(NAMESPACE, namespace)));
    attributes
}
