use std::time::Duration;

use seawall_store::circuit::{Exchange, Probe, Terms};

use crate::random::Random;

/// Makes a request of one of some instances, some of which know a period or a lease that began with one of
/// the last steps.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are positive")]
pub(crate) fn arguments(random: &mut Random, times: &[f64]) -> Vec<f64> {
    let micros = |random: &mut Random, back: u64| {
        let back = usize::try_from(random.below(back)).expect("it is small");
        times[times.len().saturating_sub(1 + back)] as u64
    };
    let late = (times[times.len() - 1] - 1e5) as u64;
    let seconds =
        |random: &mut Random, choices: &[f64]| Duration::from_secs_f64(random.pick(choices));
    let terms = Terms {
        least_calls: 20,
        failure_rate: random.pick(&[0.5, 0.5, 0.3, 1.0]),
        least_nodes: 2,
        node_share: random.pick(&[0.333_333, 0.0, 1.0]),
        lease: seconds(random, &[1.0, 1.0, 0.2]),
        life: seconds(random, &[1.0, 1.0, 0.001, 3.0]),
    };
    let fence = micros(random, 5);
    let probe = match random.below(9) {
        0 => Probe::None,
        1..5 => Probe::Wanted,
        5 => Probe::Running(fence),
        6 => Probe::Succeeded(fence),
        7 => Probe::Failed(fence),
        _ => Probe::GivenUp(fence),
    };
    let exchange = Exchange {
        terms,
        wait: seconds(random, &[0.0, 0.3, 5.0]),
        node: 1 + random.below(3),
        number: late + random.below(200_000),
        period: micros(random, 8),
        succeeded: random.below(20),
        failed: random.below(40),
        is_open: random.below(5) == 0,
        probe,
        deadline: if random.below(6) == 0 { late + random.below(200_000) } else { 0 },
    };
    exchange.arguments().to_vec()
}
