//! Measures what policies cost calls that do not need them: see the README.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_bench::{Batch, Table, allocations, each, poll, rounds};
use seawall_breaker::{BreakerOptions, CircuitBreaker, Ratio};
use seawall_core::dry_run::{DryRun, Mode, Shadow};
use seawall_core::policy::{
    Attempt, Budget, BudgetOptions, Coalescer, CoalescerOptions, Hedge, LastGood, LastGoodOptions,
    LatencySketch, Policy, QuantileTimeout, Retry,
};
use seawall_core::{Backend, Clock, Deadline, Driver, Sleep, Tick, TimeSource};

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

/// Polls a future that suspends once or more, and is woken at once.
fn poll_again<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let mut cx = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
}

/// Suspends once.
async fn suspend() {
    let mut suspended = false;
    poll_fn(|_| match std::mem::replace(&mut suspended, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

async fn suspended<E>(result: Result<u64, E>) -> Result<u64, E> {
    suspend().await;
    black_box(result)
}

/// A clock whose sleeps suspend once, whatever their time: what is measured of a retry is its own cost.
struct Impatient;

impl TimeSource for Impatient {
    fn now(&self) -> Tick {
        Tick::from_nanos(123_456_789_012)
    }

    fn sleep_until(&self, _: Tick) -> Sleep {
        Sleep::new(suspend())
    }
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

fn plain_suspended() -> Kind {
    let (driver, breaker) = (driver(), breaker("payments"));
    batch("plain call", move || {
        poll_again(driver.protect(&breaker).run(|| suspended(Ok::<_, Infallible>(42)))).is_ok()
    })
}

/// Calls through a breaker with `policy`, whose operation suspends once.
fn attempts_suspended(name: &'static str, policy: Policy) -> Kind {
    let (driver, breaker) = (driver(), breaker("payments"));
    batch(name, move || {
        let call = driver.protect(&breaker).policy(&policy).idempotent();
        poll_again(call.run_attempts(|_| suspended(Ok::<_, Infallible>(42)))).is_ok()
    })
}

/// Calls whose first attempt fails.
fn retried() -> Kind {
    let (driver, breaker) = (Driver::new().with_clock(Clock::custom(Impatient)), never_opens());
    let budget = Budget::start(&BudgetOptions::new("payments").floor(1_000_000.0));
    let policy = Policy::new(&budget.expect("valid options")).with_retry(Retry::new());
    let policy = policy.expect("valid options");
    batch("retried once, both attempts and the wait suspend", move || {
        let call = driver.protect(&breaker).policy(&policy).idempotent();
        let end = |attempt: Attempt| if attempt.is_extra() { Ok(42) } else { Err(()) };
        poll_again(call.run_attempts(|attempt| suspended(end(attempt)))).is_ok()
    })
}

fn never_opens() -> CircuitBreaker {
    let options = BreakerOptions::new("payments").failure_rate(Ratio::percent(100));
    CircuitBreaker::start(&options).expect("valid options")
}

fn suspending() -> Vec<Kind> {
    let hedge = policy().with_hedge(Hedge::new().after(Duration::from_secs(1)));
    vec![
        plain_suspended(),
        attempts_suspended("retry not needed", policy()),
        attempts_suspended("hedge after a second, not needed", hedge.expect("valid options")),
        retried(),
    ]
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
        // Neither locked nor divided, since that takes as long as what is measured.
        let nanos = at.load(Ordering::Relaxed);
        at.store((nanos + 1_001) & 0x3FFF_FFFF, Ordering::Relaxed);
        sketch.record(Tick::ZERO, Duration::from_nanos(nanos));
        true
    });
    let known = policy().with_hedge(Hedge::new()).expect("valid options");
    let times = known.latency().expect("measured");
    (0..1_000).for_each(|nth| times.record(Tick::ZERO, Duration::from_micros(nth)));
    // Sent calls compute the quantile anew; between, it is one load.
    let delay = batch("read the quantile that a hedge goes by", move || {
        black_box(known.hedge_delay());
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
    vec![plain(), record, delay, batch("fresh answer, no call", get), alone]
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
    for (title, kinds) in [
        ("Calls through a breaker", calls()),
        ("Calls whose operation suspends once", suspending()),
        ("Parts", parts()),
    ] {
        let (names, batches): (Vec<_>, Vec<_>) = kinds.into_iter().unzip();
        show(title, &names, &batches);
    }
}
