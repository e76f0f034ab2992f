//! The laws that every circuit breaker keeps.

use seawall_breaker::{BreakerOptions, CircuitBreaker, Probes};
use seawall_core::{Clock, Driver};
use seawall_testkit::breaker::Setup;

fn start(setup: &Setup) -> CircuitBreaker {
    CircuitBreaker::start(&options(setup)).expect("valid options")
}

fn reconfigure(breaker: &CircuitBreaker, setup: &Setup, clock: &Clock) {
    with_clock(breaker, clock).reconfigure(&options(setup)).expect("valid options");
}

fn with_clock(breaker: &CircuitBreaker, clock: &Clock) -> CircuitBreaker {
    breaker.clone().with_driver(Driver::new().with_clock(clock.clone()))
}

fn options(setup: &Setup) -> BreakerOptions {
    BreakerOptions::new("subject")
        .failures(setup.failures)
        .window(setup.window)
        .reset_after(setup.reset_after)
        .probes(Probes::default().with_lease(setup.probe_lease))
}

seawall_testkit::breaker_laws!(
    start,
    reconfigure = reconfigure,
    force_open = |breaker, clock| with_clock(breaker, clock).force_open(),
    table = ("../../docs/backends.md", "native")
);
