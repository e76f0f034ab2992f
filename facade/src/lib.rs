//! Protections for calls from Rust services: circuit breakers, rate limits, bulkheads and connection pools, composed from configuration.
