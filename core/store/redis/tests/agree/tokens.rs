use std::time::Duration;

use seawall_store::tokens::{Lease, LeaseReport, Rate};

use crate::random::Random;

/// Makes a request of one of some instances, at times of another rule, with whatever they may return.
pub(crate) fn arguments(random: &mut Random, now: f64) -> Vec<f64> {
    let (limit, burst) = match random.below(40) {
        0 => (1 + random.below(5000), 1 + random.below(5000)),
        1 => (7, 3),
        _ => (1000, 700),
    };
    let second = Duration::from_secs(1);
    let rate = Rate::new(limit, second, burst, second).expect("a rate");
    let span = rate.life().as_micros() as f64 / 3.0;
    let window = |random: &mut Random| ((now / span).floor() + random.whole(6)) * span;
    let reports = (0..random.below(3)).map(|_| {
        let window = window(random);
        LeaseReport { window, returned: random.below(50), spent: random.below(50) }
    });
    let reports = reports.collect();
    let demand = random.below(400);
    let lease = Lease {
        want: random.below(500),
        least: random.below(5) * random.below(2),
        demand,
        own: random.pick(&[0.0, 0.5, 1.0, 1.7]) * demand as f64 + random.part(),
        random: random.part(),
        deadline: random.pick(&[0.0, 0.0, 0.0, now - 1e5, now + 1e5]),
        shares: random.below(4) > 0,
        member: random.below(6),
        held: random.pick(&[0.0, 0.25, 1.0 / 64.0, 1.0]),
        debit: random.below(3) * random.below(100),
        reports,
        ..Lease::new(rate)
    };
    lease.arguments()
}
