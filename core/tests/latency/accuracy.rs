//! Quantiles are within 2 % of the exact ones, over a million times each, also where calls were cut.

use std::time::Duration;

use seawall_core::Tick;
use seawall_core::policy::{LatencySketch, Quantile};

use crate::random::{Distribution, Random, lognormal, pareto, step};

const TIMES: u32 = 1_000_000;

#[track_caller]
fn assert_close(sketch: &LatencySketch, distribution: Distribution, share: f64, cut: f64) {
    let Quantile::Known(found) = sketch.quantile(share) else { panic!("{share}: not known") };
    let exact = distribution(share);
    let error = found.abs_diff(exact).as_secs_f64() / exact.as_secs_f64();
    assert!(error <= 0.02, "p{}: {found:?}, not {exact:?}, {cut} cut", share * 100.0);
}

/// A share `cut` of the calls is cut at random: at times that do not depend on how long they take.
fn check(distribution: Distribution, cut: f64) {
    let (sketch, mut random) = (LatencySketch::new(), Random::new(7));
    for nth in 0..TIMES {
        let time = distribution((f64::from(nth) + 0.5) / f64::from(TIMES));
        // Of two times with the same distribution, either is the shorter one as often.
        let limit = if cut > 0.0 && random.next() < 2.0 * cut {
            distribution(random.next())
        } else {
            Duration::MAX
        };
        match limit < time {
            true => sketch.record_cut(Tick::ZERO, limit),
            false => sketch.record(Tick::ZERO, time),
        }
    }
    for share in [0.5, 0.9, 0.95, 0.99] {
        assert_close(&sketch, distribution, share, cut);
    }
    if cut == 0.0 {
        assert_close(&sketch, distribution, 0.999, cut);
    }
}

#[test]
fn of_a_lognormal_distribution() {
    [0.0, 0.01, 0.1].into_iter().for_each(|cut| check(lognormal, cut));
}

#[test]
fn of_a_heavy_tail() {
    [0.0, 0.01, 0.1].into_iter().for_each(|cut| check(pareto, cut));
}

#[test]
fn of_a_service_with_two_speeds() {
    [0.0, 0.01, 0.1].into_iter().for_each(|cut| check(step, cut));
}

/// Where cut calls are not counted, the quantile is that of the calls that were fast enough; where they
/// count as ended when they were cut, it is at most the timeout.
#[test]
fn calls_that_were_cut_hide_nothing() {
    let sketch = LatencySketch::new();
    let ms = Duration::from_millis(1);
    (0..900).for_each(|_| sketch.record(Tick::ZERO, 10 * ms));
    (0..100).for_each(|_| sketch.record_cut(Tick::ZERO, 50 * ms));
    let near = |found: Duration, time: Duration| found.abs_diff(time) <= time / 60;
    assert!(matches!(sketch.quantile(0.9), Quantile::Known(found) if near(found, 10 * ms)));
    assert!(matches!(sketch.quantile(0.91), Quantile::MoreThan(found) if near(found, 50 * ms)));
    assert_eq!(LatencySketch::new().quantile(0.5), Quantile::NoTimes);
}
