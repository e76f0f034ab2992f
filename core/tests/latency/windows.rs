//! Which times count: those of the last minute.

use std::thread;
use std::time::Duration;

use seawall_core::Tick;
use seawall_core::policy::{LatencySketch, Quantile};

const MS: Duration = Duration::from_millis(1);

fn second(nth: u64) -> Tick {
    Tick::from_millis(1000 * nth)
}

fn median(sketch: &LatencySketch) -> u128 {
    match sketch.quantile(0.5) {
        Quantile::Known(median) => (median + MS / 2).as_millis(),
        unknown => panic!("{unknown:?}"),
    }
}

#[test]
fn times_count_for_fifty_to_sixty_seconds() {
    let sketch = LatencySketch::new();
    sketch.record(second(9), 100 * MS);
    // The clock of calls moves the windows on.
    sketch.record(second(59), 7 * MS);
    sketch.record(second(59), 7 * MS);
    assert_eq!(median(&sketch), 7);
    sketch.record(second(59), 100 * MS);
    sketch.record(second(59), 100 * MS);
    assert!(median(&sketch) > 90, "three of five");
    sketch.record(second(61), 7 * MS);
    assert_eq!(median(&sketch), 7, "the first one is forgotten");
    sketch.record(second(1000), 50 * MS);
    assert!(median(&sketch).abs_diff(50) <= 1, "all others are");
}

#[test]
fn a_thread_that_is_a_little_behind_counts_in_the_current_window() {
    let sketch = LatencySketch::new();
    sketch.record(second(71), 7 * MS);
    sketch.record(second(69), 7 * MS);
    sketch.record(second(125), 100 * MS);
    assert_eq!(median(&sketch), 7, "two of three");
}

#[test]
fn threads_lose_no_time() {
    let sketch = LatencySketch::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10_000).for_each(|_| sketch.record(second(1), MS)));
        }
        scope.spawn(|| (0..40_000).for_each(|_| sketch.record(second(1), 9 * MS)));
        scope.spawn(|| (0..40_001).for_each(|_| sketch.record_cut(second(1), 20 * MS)));
    });
    let share = 80_000.0 / 160_001.0;
    let known = |share| matches!(sketch.quantile(share), Quantile::Known(time) if time < 2 * MS);
    assert!(known(share - 1e-6) && !known(share + 1e-6));
}
