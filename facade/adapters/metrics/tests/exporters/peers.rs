//! Names of other libraries' metrics, and ours for the same.

/// The library and its version, its name, and ours, or why there is none.
pub(crate) const PEERS: &[(&str, &str, Result<&str, &str>)] = &[
    ("Polly 8", "resilience.polly.pipeline.duration", Ok("seawall.call.duration")),
    ("Polly 8", "resilience.polly.strategy.attempt.duration", Ok("seawall.attempt.duration")),
    ("Polly 8", "resilience.polly.strategy.events", Ok("seawall.events")),
    ("Resilience4j 2", "resilience4j.circuitbreaker.calls", Ok("seawall.layer.calls")),
    ("Resilience4j 2", "resilience4j.circuitbreaker.not.permitted.calls", Ok("seawall.refusals")),
    ("Resilience4j 2", "resilience4j.circuitbreaker.state", Ok("seawall.circuit_breaker.state")),
    (
        "Resilience4j 2",
        "resilience4j.circuitbreaker.failure.rate",
        Ok("seawall.circuit_breaker.failure_rate"),
    ),
    (
        "Resilience4j 2",
        "resilience4j.circuitbreaker.slow.call.rate",
        Ok("seawall.circuit_breaker.slow_call_rate"),
    ),
    (
        "Resilience4j 2",
        "resilience4j.circuitbreaker.buffered.calls",
        Err("it is on the status page only"),
    ),
    ("Resilience4j 2", "resilience4j.retry.calls", Ok("seawall.attempt.duration")),
    (
        "Resilience4j 2",
        "resilience4j.bulkhead.max.allowed.concurrent.calls",
        Ok("seawall.concurrency.limit"),
    ),
    (
        "Resilience4j 2",
        "resilience4j.bulkhead.available.concurrent.calls",
        Ok("seawall.concurrency.in_flight"),
    ),
    ("Resilience4j 2", "resilience4j.bulkhead.queue.depth", Ok("seawall.concurrency.queued")),
    (
        "Resilience4j 2",
        "resilience4j.ratelimiter.available.permissions",
        Ok("seawall.rate_limiter.remaining"),
    ),
    (
        "Resilience4j 2",
        "resilience4j.ratelimiter.waiting_threads",
        Err("a wait is a promise of a time: `seawall.wait.duration`"),
    ),
    ("Resilience4j 2", "resilience4j.timelimiter.calls", Ok("seawall.calls")),
    ("seatbelt 0.11", "resilience.event", Ok("seawall.events")),
    ("tower-resilience 0.13", "circuitbreaker_calls_total", Ok("seawall.layer.calls")),
    ("tower-resilience 0.13", "circuitbreaker_transitions_total", Ok("seawall.events")),
    ("tower-resilience 0.13", "circuitbreaker_state", Ok("seawall.circuit_breaker.state")),
    (
        "tower-resilience 0.13",
        "circuitbreaker_slow_calls_total",
        Err("a share: `seawall.circuit_breaker.slow_call_rate`"),
    ),
    (
        "tower-resilience 0.13",
        "circuitbreaker_call_duration_seconds",
        Ok("seawall.attempt.duration"),
    ),
    ("tower-resilience 0.13", "bulkhead_calls_permitted_total", Ok("seawall.layer.calls")),
    ("tower-resilience 0.13", "bulkhead_concurrent_calls", Ok("seawall.concurrency.in_flight")),
    ("tower-resilience 0.13", "bulkhead_wait_duration_seconds", Ok("seawall.wait.duration")),
    ("tower-resilience 0.13", "ratelimiter_calls_total", Ok("seawall.layer.calls")),
    ("tower-resilience 0.13", "ratelimiter_wait_duration_seconds", Ok("seawall.wait.duration")),
    ("tower-resilience 0.13", "timelimiter_calls_total", Ok("seawall.calls")),
    ("tower-resilience 0.13", "retry_calls_total", Ok("seawall.calls")),
    ("tower-resilience 0.13", "retry_attempts_total", Ok("seawall.events")),
    ("tower-resilience 0.13", "hedge_calls_total", Ok("seawall.events")),
    ("tower-resilience 0.13", "fallback_calls_total", Ok("seawall.events")),
];
