use std::time::Duration;

use crate::law::Random;

/// The calls that arrive: a Poisson process at each instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// The mean number of calls a second, at all instances together.
    pub per_second: f64,
    /// How much more arrives at one instance than at the next: 1 for the same at all.
    pub skew: f64,
    /// The time after which each instance gets the load of the next one; zero for never.
    pub shift: Duration,
    /// Calls arrive in the first half of each such period only, twice as many; zero for always.
    pub on_off: Duration,
}

impl Load {
    /// Creates a load of the same mean at all instances and times.
    #[must_use]
    pub const fn even(per_second: f64) -> Self {
        Self { per_second, skew: 1.0, shift: Duration::ZERO, on_off: Duration::ZERO }
    }

    /// Returns the calls a second at `instance` of `instances` at `at`.
    fn rate(&self, instance: usize, instances: usize, at: Duration) -> f64 {
        let steps = match self.shift.as_nanos() {
            0 => 0,
            shift => usize::try_from(at.as_nanos() / shift).unwrap_or(0),
        };
        let weight = |n: usize| self.skew.powf(n as f64);
        let all: f64 = (0..instances).map(weight).sum();
        let rate = self.per_second * weight((instance + steps) % instances) / all;
        match self.on_off.as_nanos() {
            0 => rate,
            period if at.as_nanos() % period * 2 < period => 2.0 * rate,
            _ => 0.0,
        }
    }

    /// Returns the times at which calls arrive at `instance` within `length`.
    pub(super) fn arrivals(
        &self,
        instance: usize,
        instances: usize,
        length: Duration,
        random: &mut Random,
    ) -> Vec<Duration> {
        // Thinning: arrivals at the highest rate, of which those above the rate of their time are left out.
        let highest = (0..instances).map(|n| self.rate(n, instances, Duration::ZERO));
        let highest = highest.fold(0.0, f64::max);
        let (mut at, mut arrivals) = (0.0, Vec::new());
        if highest <= 0.0 {
            return arrivals;
        }
        loop {
            at += -(1.0 - random.part()).ln() / highest;
            let time = Duration::from_secs_f64(at);
            if time >= length {
                return arrivals;
            }
            if random.part() * highest < self.rate(instance, instances, time) {
                arrivals.push(time);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(load: Load, instance: usize) -> Vec<Duration> {
        load.arrivals(instance, 4, Duration::from_secs(10), &mut Random::new(7))
    }

    #[test]
    fn as_many_arrive_as_the_rate_says() {
        let n = arrivals(Load::even(4000.0), 2).len();
        assert!((9_700..10_300).contains(&n), "{n}");
    }

    #[test]
    fn a_skewed_load_shifts_from_instance_to_instance() {
        let shift = Duration::from_secs(5);
        let times = arrivals(Load { skew: 10.0, shift, ..Load::even(1111.0) }, 3);
        let early = times.iter().filter(|at| **at < shift).count();
        assert!(early > 4_700 && times.len() - early < 20, "{early} of {}", times.len());
    }

    #[test]
    fn nothing_arrives_while_the_load_is_off() {
        let on_off = Duration::from_secs(1);
        let times = arrivals(Load { on_off, ..Load::even(400.0) }, 0);
        assert!(times.len() > 900, "{}", times.len());
        assert!(times.iter().all(|at| at.subsec_millis() < 500), "{times:?}");
    }
}
