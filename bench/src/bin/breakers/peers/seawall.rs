//! Seawall's breaker, rule by rule, on the cycle counter unless a name says otherwise.

use std::time::Duration;

use seawall_bench::{Batch, each, poll};
use seawall_breaker::{
    BreakerOptions, CircuitBreaker, KeyOptions, KeyedBreaker, RateWindow, Ratio,
};
use seawall_core::{Clock, Driver};

use crate::subject::{Situation, Subject, work};

macro_rules! subject {
    ($name:literal, $run:ident, $clock:ident, $options:expr) => {
        Subject { name: $name, start: |situation| $run(&$options, Clock::$clock(), situation) }
    };
}

pub const SUBJECTS: [Subject; 14] = [
    subject!("seawall/failures", blocking, quanta, failures()),
    subject!("seawall/rate", blocking, quanta, rate()),
    subject!("seawall/rate+slow", blocking, quanta, slow()),
    subject!("seawall/calls-100", blocking, quanta, calls(100)),
    subject!("seawall/calls-1000000", blocking, quanta, calls(1_000_000)),
    subject!("seawall/failures, a thousand keys", keyed, quanta, failures()),
    subject!("seawall/rate, a thousand keys", keyed, quanta, rate()),
    subject!("seawall/rate, system clock", blocking, system, rate()),
    subject!("seawall/rate+slow, system clock", blocking, system, slow()),
    subject!("seawall/failures, async", single_poll, quanta, failures()),
    subject!("seawall/rate, async", single_poll, quanta, rate()),
    subject!("seawall/rate+slow, async", single_poll, quanta, slow()),
    subject!("seawall/calls-100, async", single_poll, quanta, calls(100)),
    subject!("seawall/calls-1000000, async", single_poll, quanta, calls(1_000_000)),
];

fn failures() -> BreakerOptions {
    BreakerOptions::new("bench").failures(5)
}

fn rate() -> BreakerOptions {
    BreakerOptions::new("bench").failure_rate(Ratio::percent(50))
}

fn slow() -> BreakerOptions {
    rate().slow_call(Duration::from_secs(1)).slow_call_rate(Ratio::percent(50))
}

fn calls(calls: u32) -> BreakerOptions {
    rate().rate_window(RateWindow::Calls(calls))
}

fn start(options: &BreakerOptions, clock: Clock, situation: Situation) -> CircuitBreaker {
    let breaker = CircuitBreaker::start(options).expect("valid options");
    let breaker = breaker.with_driver(Driver::new().with_clock(clock));
    if situation == Situation::Open {
        breaker.trip(Duration::from_secs(3600));
    }
    breaker
}

fn blocking(
    options: &BreakerOptions,
    clock: Clock,
    situation: Situation,
) -> Option<Box<dyn Batch>> {
    let breaker = start(options, clock, situation);
    each(move || breaker.execute_blocking(work).is_ok())
}

fn single_poll(
    options: &BreakerOptions,
    clock: Clock,
    situation: Situation,
) -> Option<Box<dyn Batch>> {
    let breaker = start(options, clock, situation);
    each(move || poll(breaker.protect().run(async || work())).is_ok())
}

/// One circuit for each of many keys, used in turn.
const KEYS: u64 = 1000;

struct Keyed(KeyedBreaker);

impl Batch for Keyed {
    fn run(&self, calls: u64) -> u64 {
        let call = |call| self.0.execute_blocking(("host", call % KEYS), work).is_ok();
        (0..calls).map(|number| u64::from(call(number))).sum()
    }
}

fn keyed(options: &BreakerOptions, clock: Clock, situation: Situation) -> Option<Box<dyn Batch>> {
    let breaker = KeyedBreaker::start(options, &KeyOptions::new()).expect("valid options");
    let breaker = breaker.with_driver(Driver::new().with_clock(clock));
    for key in 0..KEYS {
        _ = breaker.execute_blocking(("host", key), work);
        if situation == Situation::Open {
            let trip = breaker.trip(("host", key), Duration::from_secs(3600));
            trip.expect("it is kept");
        }
    }
    Some(Box::new(Keyed(breaker)))
}
