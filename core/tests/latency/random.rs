//! Distributions of times, by the inverse of their distribution functions.

use std::time::Duration;

/// Returns the times of a distribution whose share `share` of calls takes no longer.
pub(crate) type Distribution = fn(f64) -> Duration;

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A lognormal distribution with a median of 20 ms.
pub(crate) fn lognormal(share: f64) -> Duration {
    seconds(0.02 * (0.5 * normal(share)).exp())
}

/// A Pareto distribution from 1 ms on, whose variance is infinite.
pub(crate) fn pareto(share: f64) -> Duration {
    seconds(0.001 * (1.0 - share).powf(-1.0 / 1.5))
}

/// A service of which every fifth call takes ten times as long.
pub(crate) fn step(share: f64) -> Duration {
    if share < 0.8 { lognormal(share / 0.8) } else { 10 * lognormal((share - 0.8) / 0.2) }
}

/// Returns the quantile of the normal distribution (Acklam's rational approximation, 2003).
fn normal(share: f64) -> f64 {
    const A: [f64; 6] = [
        -39.696_830_286_653_76,
        220.946_098_424_520_8,
        -275.928_510_446_968_9,
        138.357_751_867_269,
        -30.664_798_066_147_16,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -54.476_098_798_224_06,
        161.585_836_858_040_9,
        -155.698_979_859_886_6,
        66.801_311_887_719_72,
        -13.280_681_552_885_72,
    ];
    const C: [f64; 6] = [
        -0.007_784_894_002_430_293,
        -0.322_396_458_041_136_4,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        0.007_784_695_709_041_462,
        0.322_467_129_070_039_8,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    let polynomial = |factors: &[f64], x: f64| factors.iter().fold(0.0, |sum, f| sum * x + f);
    let tail = |share: f64| {
        let x = (-2.0 * share.ln()).sqrt();
        polynomial(&C, x) / (polynomial(&D, x) * x + 1.0)
    };
    if share < 0.02425 {
        tail(share)
    } else if share > 1.0 - 0.02425 {
        -tail(1.0 - share)
    } else {
        let x = share - 0.5;
        polynomial(&A, x * x) * x / (polynomial(&B, x * x) * x * x + 1.0)
    }
}

/// Evenly distributed numbers between 0 and 1.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u32::try_from((mixed ^ (mixed >> 31)) >> 32).expect("32 bits");
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }
}
