//! Circuit breaker for Seawall: N failures within a window open it, probes close it. No runtime.
