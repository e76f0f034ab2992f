//! Compares calls through a breaker with a shared view with calls through the native one, in turns on one
//! thread, while the background work runs on another.
//!
//! `cargo run --release -p seawall-breaker-redis --example cost`

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use seawall_breaker_redis::{
    BreakerOptions, CircuitBreaker, MemoryStore, SharedBreaker, SharedOptions,
};
use seawall_core::{Backend, Clock, Driver};

const CALLS: u32 = 2_000_000;
const ROUNDS: usize = 21;

/// Returns the time of one call, in nanoseconds.
fn time(clock: &Clock, driver: &Driver, breaker: &impl Backend) -> f64 {
    let begin = clock.now();
    for _ in 0..CALLS {
        let done = driver.protect(breaker).run_blocking(|| Ok::<_, ()>(black_box(1)));
        assert!(black_box(done).is_ok());
    }
    clock.now().since(begin).as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn main() {
    let clock = Clock::system();
    let driver = Driver::new().with_clock(clock.clone());
    let options = BreakerOptions::new("payments");
    let native = CircuitBreaker::start(&options).expect("valid options");
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let shared = SharedOptions::new(options).exchange_every(Duration::from_millis(20));
    let shared = SharedBreaker::start(&shared, store).expect("valid options");
    let shared = shared.with_driver(driver.clone());
    let (work, waiting) = (shared.run(), clock.clone());
    std::thread::spawn(move || waiting.block_on(work));
    let mut ratios: Vec<_> = (0..ROUNDS)
        .map(|round| {
            let (one, other) = (time(&clock, &driver, &native), time(&clock, &driver, &shared));
            println!("{round}: native {one:.2} ns, shared {other:.2} ns");
            other / one
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!("median of shared / native: {:.3}", ratios[ROUNDS / 2]);
}
