use std::time::Duration;

/// What happened in a simulation. Times are from its start.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// All calls, in the order in which they arrived.
    pub calls: Vec<Call>,
    /// The number of requests to the store by each instance.
    pub requests: Vec<u64>,
}

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The instance at which it arrived.
    pub instance: usize,
    /// When it arrived.
    pub arrived: Duration,
    /// When it was admitted.
    pub admitted: Option<Duration>,
    /// When it ended after it was admitted: by itself, or since its instance crashed.
    pub ended: Option<Duration>,
}

impl Report {
    /// Returns the number of admitted calls.
    #[must_use]
    pub fn admitted(&self) -> usize {
        self.calls.iter().filter(|call| call.admitted.is_some()).count()
    }

    /// Returns by how many tokens the admitted calls exceed a limit at worst, in any window of time: the
    /// most by which a window's calls are more than `burst + per_second × its length`. Zero or less if
    /// no window exceeds it.
    #[must_use]
    pub fn most_above(&self, per_second: f64, burst: f64) -> f64 {
        let mut bucket = Bucket::full(per_second, burst);
        let mut times: Vec<_> = self.calls.iter().filter_map(|call| call.admitted).collect();
        times.sort_unstable();
        let levels = times.into_iter().map(|at| {
            bucket.fill(at);
            bucket.level -= 1.0;
            -bucket.level
        });
        levels.fold(f64::NEG_INFINITY, f64::max)
    }

    /// Returns the part of calls that were refused although one bucket for all instances, asked without
    /// delay, would have admitted them: from 0 to 1 of what it admits from `from` on.
    #[must_use]
    pub fn shortfall(&self, per_second: f64, burst: f64, from: Duration) -> f64 {
        let mut bucket = Bucket::full(per_second, burst);
        let (mut could, mut did) = (0_u32, 0_u32);
        for call in &self.calls {
            bucket.fill(call.arrived);
            let admits = bucket.level >= 1.0;
            if admits {
                bucket.level -= 1.0;
            }
            if call.arrived >= from {
                could += u32::from(admits);
                did += u32::from(call.admitted.is_some());
            }
        }
        if could == 0 { 0.0 } else { 1.0 - f64::from(did) / f64::from(could) }
    }

    /// Returns the largest number of calls that ran at the same time.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        let mut edges = Vec::new();
        for call in &self.calls {
            if let Some(admitted) = call.admitted {
                edges.push((admitted, 1));
                edges.extend(call.ended.map(|ended| (ended, -1)));
            }
        }
        // At the same time, ends come first.
        edges.sort_unstable();
        let (mut now, mut most) = (0_isize, 0);
        for (_, step) in edges {
            now += step;
            most = most.max(now);
        }
        most.unsigned_abs()
    }

    /// Returns the mean number of requests a second of the instance that made the most, in `length`.
    #[must_use]
    pub fn requests_per_second(&self, length: Duration) -> f64 {
        let most = self.requests.iter().copied().max().unwrap_or(0);
        most as f64 / length.as_secs_f64()
    }
}

/// A bucket of tokens, counted as simply as can be.
struct Bucket {
    per_second: f64,
    burst: f64,
    level: f64,
    last: Duration,
}

impl Bucket {
    const fn full(per_second: f64, burst: f64) -> Self {
        Self { per_second, burst, level: burst, last: Duration::ZERO }
    }

    fn fill(&mut self, at: Duration) {
        let passed = at.saturating_sub(self.last).as_secs_f64();
        self.level = self.burst.min(self.level + self.per_second * passed);
        self.last = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(admitted: &[u64]) -> Report {
        let at = Duration::from_millis;
        let call = |ms: &u64| Call {
            instance: 0,
            arrived: at(*ms),
            admitted: Some(at(*ms)),
            ended: Some(at(*ms + 10)),
        };
        Report { calls: admitted.iter().map(call).collect(), requests: vec![0] }
    }

    #[test]
    fn a_window_with_one_call_too_many_is_seen() {
        assert!(report(&[0, 0, 500]).most_above(2.0, 2.0) <= 0.0);
        let above = report(&[0, 0, 499, 500]).most_above(2.0, 2.0);
        assert!((0.9..1.1).contains(&above), "{above}");
    }

    #[test]
    fn a_refused_call_that_would_have_fitted_is_a_shortfall() {
        let mut report = report(&[0, 1, 2, 3]);
        report.calls[1].admitted = None;
        let part = report.shortfall(1.0, 4.0, Duration::ZERO);
        assert!((part - 0.25).abs() < 1e-9, "{part}");
    }

    #[test]
    fn calls_at_once_are_counted() {
        assert_eq!(report(&[0, 5, 9, 10, 30]).most_at_once(), 3);
    }
}
