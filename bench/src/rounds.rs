//! Measures times, interleaved: every subject runs in every round.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::batch::Batch;

/// Nanoseconds per call.
#[derive(Clone, Copy)]
pub struct Times {
    pub median: f64,
    pub least: f64,
}

impl Times {
    fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        Self { median: rounds[rounds.len() / 2], least: rounds[0] }
    }
}

/// Measures rounds of calls: [`alone`] or [`together`].
pub type Measure = fn(&[Box<dyn Batch>], usize, u64) -> Vec<Times>;

/// Measures on this thread.
pub fn alone(batches: &[Box<dyn Batch>], rounds: usize, calls: u64) -> Vec<Times> {
    let measured = measure(batches, rounds, calls, || ());
    measured.into_iter().map(Times::of).collect()
}

/// Measures on two threads at once, which wait for each other before each turn.
pub fn together(batches: &[Box<dyn Batch>], rounds: usize, calls: u64) -> Vec<Times> {
    let arrived = AtomicUsize::new(0);
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let run = |core: usize| {
        // Otherwise both threads may run on one core, without any contention.
        if let Some(core) = cores.get(core) {
            core_affinity::set_for_current(*core);
        }
        measure(batches, rounds, calls, || meet(&arrived))
    };
    let (left, right) = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(1));
        let one = scope.spawn(|| run(0));
        (one.join().expect("no panic"), other.join().expect("no panic"))
    });
    let mean = |(left, right): (f64, f64)| (left + right) / 2.0;
    let both = left.into_iter().zip(right);
    both.map(|(left, right)| Times::of(left.into_iter().zip(right).map(mean).collect())).collect()
}

/// Releases two threads at the same moment. With the standard library's barrier, a short round of
/// the first thread is over before the second one wakes.
fn meet(arrived: &AtomicUsize) {
    let turn = arrived.fetch_add(1, Ordering::SeqCst) / 2;
    while arrived.load(Ordering::SeqCst) < 2 * (turn + 1) {
        std::hint::spin_loop();
    }
}

fn measure(
    batches: &[Box<dyn Batch>],
    rounds: usize,
    calls: u64,
    wait: impl Fn(),
) -> Vec<Vec<f64>> {
    let mut measured = vec![Vec::with_capacity(rounds); batches.len()];
    for _ in 0..rounds {
        for (batch, times) in batches.iter().zip(&mut measured) {
            wait();
            let start = Instant::now();
            batch.run(calls);
            times.push(start.elapsed().as_nanos() as f64 / calls as f64);
        }
    }
    measured
}
