//! Measures what policies cost calls that do not need them: see the README.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use seawall_bench::{Batch, Table, allocations, each, poll, rounds};
use seawall_breaker::{BreakerOptions, CircuitBreaker, Ratio};
use seawall_core::dry_run::{DryRun, Mode, Shadow};
use seawall_core::policy::{
    Budget, BudgetOptions, Coalescer, CoalescerOptions, Hedge, LastGood, LastGoodOptions,
    LatencySketch, Policy, QuantileTimeout, Retry,
};
use seawall_core::{Backend, Clock, Deadline, Driver, Tick};

const ROUNDS: usize = 401;
const CALLS: u64 = 4_000;

/// A name, and what makes calls of this kind.
type Kind = (&'static str, Box<dyn Batch>);

fn breaker(name: &'static str) -> CircuitBreaker {
    let options = BreakerOptions::new(name).failure_rate(Ratio::new(0.5).expect("a ratio"));
    CircuitBreaker::start(&options).expect("valid options")
}

fn driver() -> Driver {
    Driver::new().with_clock(Clock::quanta())
}

fn policy() -> Policy {
    let budget = Budget::start(&BudgetOptions::new("payments")).expect("valid options");
    Policy::new(&budget).with_retry(Retry::new()).expect("valid options")
}

fn batch(name: &'static str, call: impl Fn() -> bool + Send + Sync + 'static) -> Kind {
    (name, each(call).expect("always there"))
}

async fn work() -> Result<u64, Infallible> {
    Ok(black_box(42))
}

/// Calls through a breaker alone.
fn plain() -> Kind {
    let (driver, breaker) = (driver(), breaker("payments"));
    batch("plain call", move || poll(driver.protect(&breaker).run(work)).is_ok())
}

/// Calls through a breaker with `policy`, which may be attempted again.
fn attempts(name: &'static str, policy: Policy) -> Kind {
    let (driver, breaker) = (driver(), breaker("payments"));
    batch(name, move || {
        let call = driver.protect(&breaker).policy(&policy).idempotent();
        poll(call.run_attempts(|_| work())).is_ok()
    })
}

fn through<L: Backend + 'static>(name: &'static str, layer: L) -> Kind {
    let driver = driver();
    batch(name, move || poll(driver.protect(&layer).run(work)).is_ok())
}

fn shadowed() -> Kind {
    let shadow = Arc::new(Shadow::new(breaker("stricter")));
    let layer = DryRun::new(breaker("payments"), Mode::Enforce).with_shadow(&shadow);
    let (driver, layers) = (driver(), (layer, shadow));
    batch("layer with a shadow", move || poll(driver.protect(&layers).run(work)).is_ok())
}

fn two_layers() -> Kind {
    let (driver, layers) = (driver(), (breaker("payments"), breaker("stricter")));
    batch("two layers", move || poll(driver.protect(&layers).run(work)).is_ok())
}

fn calls() -> Vec<Kind> {
    let measured = policy().with_latency();
    let timeout = policy().with_timeout(QuantileTimeout::new()).expect("valid options");
    let hedge = policy().with_hedge(Hedge::new()).expect("valid options");
    let dry_run = |mode| DryRun::new(breaker("payments"), mode);
    vec![
        plain(),
        attempts("retry not needed", policy()),
        attempts("retry not needed, times measured", measured),
        attempts("timeout by quantile, not reached", timeout),
        attempts("hedge not needed", hedge),
        through("enforced by a `DryRun`", dry_run(Mode::Enforce)),
        through("observed", dry_run(Mode::Observe)),
        through("off", dry_run(Mode::Off)),
        shadowed(),
        two_layers(),
    ]
}

fn parts() -> Vec<Kind> {
    let sketch = LatencySketch::new();
    let at = AtomicU64::new(0);
    let record = batch("record a time in the sketch", move || {
        let nanos = at.fetch_add(1_001, Ordering::Relaxed) % 1_000_000_000;
        sketch.record(Tick::ZERO, Duration::from_nanos(nanos));
        true
    });
    let coalescer = Coalescer::<u64, Infallible>::start(&CoalescerOptions::new("prices"));
    let coalescer = coalescer.expect("valid options");
    let alone = batch("coalesced call, alone", move || poll(coalescer.run(7_u32, work)).is_ok());
    let options = LastGoodOptions::new("prices").fresh(Duration::from_secs(3_600));
    let prices = LastGood::<u64, Infallible>::start(&options).expect("valid options");
    let clock = Clock::quanta();
    let get = move || {
        let call = async || work().await.map_err(seawall_core::Error::Failed);
        poll(prices.get(Deadline::new(&clock, Tick::MAX), 7_u32, call)).is_ok()
    };
    vec![plain(), record, batch("fresh answer, no call", get), alone]
}

fn show(title: &str, names: &[&str], batches: &[Box<dyn Batch>]) {
    let times = rounds::alone(batches, ROUNDS, CALLS);
    let floor = times[0];
    let columns = ["what", "ns per call", "least", "more than plain, ns", "× plain", "allocations"];
    let mut table = Table::new(title, &columns);
    for (name, (batch, times)) in names.iter().zip(batches.iter().zip(&times)) {
        let more = times.least - floor.least;
        let mut cells = [times.median, times.least, more, times.least / floor.least]
            .map(|value| format!("{value:.2}"))
            .to_vec();
        cells.push(format!("{:.2}", allocations::per_call(&**batch, CALLS)));
        table.row(name, &cells);
    }
    table.print();
}

fn main() {
    println!("{ROUNDS} rounds of {CALLS} calls, interleaved.\n");
    for (title, kinds) in [("Calls through a breaker", calls()), ("Parts", parts())] {
        let (names, batches): (Vec<_>, Vec<_>) = kinds.into_iter().unzip();
        show(title, &names, &batches);
    }
}
