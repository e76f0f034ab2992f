//! The laws that every circuit breaker keeps.

use seawall_breaker::{BreakerOptions, CircuitBreaker, Probes};
use seawall_testkit::breaker::Setup;

fn start(setup: &Setup) -> CircuitBreaker {
    let options = BreakerOptions::new("subject")
        .failures(setup.failures)
        .window(setup.window)
        .reset_after(setup.reset_after)
        .probes(Probes::default().with_lease(setup.probe_lease));
    CircuitBreaker::start(&options).expect("valid")
}

seawall_testkit::breaker_laws!(start, readme = include_str!("../README.md"));
