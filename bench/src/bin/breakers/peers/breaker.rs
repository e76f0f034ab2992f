use std::time::Duration;

use breaker::{CircuitBreaker, CircuitBreakerConfig};
use seawall_bench::{Batch, each, poll};

use crate::subject::{Situation, Subject, work};

pub const SUBJECTS: [Subject; 2] = [
    Subject { name: "breaker/calls-100, async", start: |situation| start(100, situation) },
    Subject {
        name: "breaker/calls-1000000, async",
        start: |situation| start(1_000_000, situation),
    },
];

fn start(calls: u32, situation: Situation) -> Option<Box<dyn Batch>> {
    let config = CircuitBreakerConfig::builder()
        .sliding_window_size(calls)
        .minimum_calls(20)
        .wait_duration(Duration::from_secs(3600))
        .build();
    let breaker = CircuitBreaker::new(config);
    if situation == Situation::Open {
        breaker.trip();
    }
    each(move || poll(breaker.call(|| async { work() })).is_ok())
}
