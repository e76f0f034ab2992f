//! The table of instruments, which exporters, documentation, dashboard and alerts are made from.

use crate::attribute::{
    ATTEMPT, CAUSE, CONNECTION_STATE, ERROR, EVENT, KIND, NAMESPACE, OUTCOME, PIPELINE, POOL,
    REASON, STATE, STATE_FROM, STRATEGY, STRATEGY_TYPE, TARGET, VERDICT,
};
use crate::{Instrument, Kind};

/// OpenTelemetry's boundaries of `http.client.request.duration`, with shorter and longer ones.
const CALL_SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0,
    7.5, 10.0, 30.0,
];
const WAIT_SECONDS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75,
    1.0, 2.5, 5.0, 7.5, 10.0, 30.0,
];
/// Those of `db.client.operation.duration`: the convention has none for connections.
const CONNECTION_SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

macro_rules! table {
    ($($id:ident: $kind:ident, $name:literal, $unit:literal, [$($attribute:ident)*],
       $about:literal $(, $bounds:expr)?;)+) => {
        $(
            #[doc = $about]
            pub static $id: Instrument = Instrument {
                name: $name,
                kind: Kind::$kind,
                unit: $unit,
                attributes: &[$($attribute,)* NAMESPACE],
                about: $about,
                bounds: table!(@bounds $($bounds)?),
            };
        )+
        /// Every instrument, in the order of the documentation.
        pub static INSTRUMENTS: &[&Instrument] = &[$(&$id),+];
    };
    (@bounds) => { &[] };
    (@bounds $bounds:expr) => { $bounds };
}

table! {
    CALLS: Counter, "seawall.calls", "{call}", [PIPELINE OUTCOME ERROR],
        "Calls through a protection, each once, when it is over.";
    CALL_DURATION: Histogram, "seawall.call.duration", "s", [PIPELINE OUTCOME],
        "Time of calls that ran, from asking to the answer, waiting and attempts included.",
        CALL_SECONDS;
    ATTEMPT_DURATION: Histogram, "seawall.attempt.duration", "s", [PIPELINE VERDICT ATTEMPT],
        "Time of one run of the operation, without waiting.", CALL_SECONDS;
    WAIT_DURATION: Histogram, "seawall.wait.duration", "s", [PIPELINE STRATEGY STRATEGY_TYPE],
        "Time for which a layer put a call off; only calls that waited.", WAIT_SECONDS;
    LAYER_CALLS: Counter, "seawall.layer.calls", "{call}", [STRATEGY STRATEGY_TYPE POOL OUTCOME],
        "Calls that a layer decided on: the admitted ones by their verdict, the others as refused.";
    REFUSALS: Counter, "seawall.refusals", "{call}", [PIPELINE STRATEGY STRATEGY_TYPE POOL KIND],
        "Refusals of a layer by their kind, also of calls that it had admitted before.";
    EVENTS: Counter, "seawall.events", "{event}",
        [PIPELINE STRATEGY STRATEGY_TYPE POOL EVENT STATE_FROM STATE CAUSE],
        "Rare events: changes of state, alarms, retries, hedges, fallbacks, reloads.";
    BREAKER_STATE: Gauge, "seawall.circuit_breaker.state", "{state}", [STRATEGY STRATEGY_TYPE STATE],
        "1 for the state that the circuit is in, 0 for the others.";
    BREAKER_FAILURE_RATE: Gauge, "seawall.circuit_breaker.failure_rate", "1",
        [STRATEGY STRATEGY_TYPE],
        "Share of failures in the window of the rule about rates; absent below its minimum.";
    BREAKER_SLOW_RATE: Gauge, "seawall.circuit_breaker.slow_call_rate", "1",
        [STRATEGY STRATEGY_TYPE],
        "Share of slow calls in the window of the rule about rates; absent below its minimum.";
    CIRCUITS: Gauge, "seawall.circuits", "{circuit}", [STRATEGY STRATEGY_TYPE STATE],
        "Keys by the state of their circuits, of a breaker with a circuit for each key.";
    CONCURRENCY_LIMIT: Gauge, "seawall.concurrency.limit", "{permit}", [STRATEGY STRATEGY_TYPE],
        "Calls that may run at the same time.";
    CONCURRENCY_IN_FLIGHT: Gauge, "seawall.concurrency.in_flight", "{call}", [STRATEGY STRATEGY_TYPE],
        "Calls that run.";
    CONCURRENCY_QUEUED: Gauge, "seawall.concurrency.queued", "{call}", [STRATEGY STRATEGY_TYPE],
        "Calls that wait for a permit.";
    CONCURRENCY_SHARED: Gauge, "seawall.concurrency.shared_limit", "{permit}",
        [STRATEGY STRATEGY_TYPE],
        "Calls that may run at the same time in all instances together.";
    RATE_LIMIT: Gauge, "seawall.rate_limiter.limit", "{token}", [STRATEGY STRATEGY_TYPE],
        "Tokens of an unused limiter; absent while it keeps keys.";
    RATE_REMAINING: Gauge, "seawall.rate_limiter.remaining", "{token}", [STRATEGY STRATEGY_TYPE],
        "Tokens that are left; absent while it keeps keys.";
    RATE_KEYS: Gauge, "seawall.rate_limiter.keys", "{key}", [STRATEGY STRATEGY_TYPE],
        "Keys that are kept.";
    RATE_LEASED: Gauge, "seawall.rate_limiter.leased", "{token}", [STRATEGY STRATEGY_TYPE],
        "Tokens that this instance holds on leases, of a limit that instances share.";
    RATE_DENIED: Counter, "seawall.rate_limiter.denied", "{call}", [STRATEGY STRATEGY_TYPE],
        "Calls refused because the store had no tokens, of a limit that instances share.";
    RATE_PASSED: Counter, "seawall.rate_limiter.passed_without_store", "{call}",
        [STRATEGY STRATEGY_TYPE],
        "Calls admitted while the store was away, of a limit that instances share.";
    RATE_ROUND_TRIPS: Counter, "seawall.rate_limiter.round_trips", "{request}",
        [STRATEGY STRATEGY_TYPE],
        "Requests to the store, of a limit that instances share.";
    RETRY_BUDGET: Gauge, "seawall.retry.budget", "{call}", [TARGET],
        "Extra calls that may be sent now.";
    TIMEOUT_LIMIT: Gauge, "seawall.timeout.limit", "s", [PIPELINE],
        "Timeout in force, where it follows from what calls took.";
    HEDGE_DELAY: Gauge, "seawall.hedge.delay", "s", [PIPELINE],
        "Time after which a copy of a call is sent, where it is known.";
    SHADOW: Counter, "seawall.shadow.disagreements", "{call}", [STRATEGY STRATEGY_TYPE KIND],
        "Calls that a layer or a policy in a dry run would have dealt with otherwise, or a shadow.";
    DEGRADED: Gauge, "seawall.component.degraded", "{component}", [STRATEGY STRATEGY_TYPE POOL],
        "1 if the component cannot do all of its work, else 0.";
    STORE_ROUND_TRIPS: Counter, "seawall.store.round_trips", "{request}",
        [STRATEGY STRATEGY_TYPE OUTCOME],
        "Requests to a store of what instances share.";
    STORE_LATENCY: Gauge, "seawall.store.latency", "s", [STRATEGY STRATEGY_TYPE],
        "Smoothed time from a request to its answer; absent before the first answer.";
    STORE_WARNINGS: Gauge, "seawall.store.warnings", "{warning}", [STRATEGY STRATEGY_TYPE],
        "Number of ways in which the store is set up so that what it keeps may be lost.";
    CONFIG_VERSION: Gauge, "seawall.config.version", "{version}", [],
        "Number of the version of the settings that is in effect.";
    CONFIG_STALE: Gauge, "seawall.config.stale", "s", [],
        "Time since newer settings were refused; 0 if the newest are in effect.";
    POOL_COUNT: UpDownCounter, "db.client.connection.count", "{connection}", [POOL CONNECTION_STATE],
        "Connections by state.";
    POOL_MAX: UpDownCounter, "db.client.connection.max", "{connection}", [POOL],
        "Connections that can be open, overflow included.";
    POOL_IDLE_MIN: UpDownCounter, "db.client.connection.idle.min", "{connection}", [POOL],
        "Idle connections that background work keeps.";
    POOL_IDLE_MAX: UpDownCounter, "db.client.connection.idle.max", "{connection}", [POOL],
        "Connections that can be idle.";
    POOL_PENDING: UpDownCounter, "db.client.connection.pending_requests", "{request}", [POOL],
        "Requests that wait for a connection.";
    POOL_TIMEOUTS: Counter, "db.client.connection.timeouts", "{timeout}", [POOL],
        "Requests for which no connection became free in time.";
    POOL_CREATE_TIME: Histogram, "db.client.connection.create_time", "s", [POOL],
        "Time of the connects that succeeded, within a quarter.", CONNECTION_SECONDS;
    POOL_WAIT_TIME: Histogram, "db.client.connection.wait_time", "s", [POOL],
        "Time from asking to getting a connection; counted when it is returned.", CONNECTION_SECONDS;
    POOL_USE_TIME: Histogram, "db.client.connection.use_time", "s", [POOL],
        "Time from getting a connection to its return.", CONNECTION_SECONDS;
    POOL_CREATED: Counter, "seawall.pool.connections.created", "{connection}", [POOL],
        "Connections that were opened.";
    POOL_FAILED: Counter, "seawall.pool.connections.failed", "{connection}", [POOL],
        "Connects that failed or were cut.";
    POOL_CLOSED: Counter, "seawall.pool.connections.closed", "{connection}", [POOL REASON],
        "Connections that were closed, by reason.";
}
