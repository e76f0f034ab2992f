use std::time::Duration;

/// Sets the time between failed attempts to connect: `first`, doubled after each failure, up to
/// `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The time after the first failure. Default: 100 ms.
    pub first: Duration,
    /// The maximum time. Default: 30 s.
    pub most: Duration,
}

impl Backoff {
    /// Returns the default.
    #[must_use]
    pub const fn new() -> Self {
        Self { first: Duration::from_millis(100), most: Duration::from_secs(30) }
    }

    /// Returns the time to wait after the given number of consecutive failures, counted from 1.
    #[must_use]
    pub fn wait(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.most)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_most() {
        let backoff = Backoff::default();
        let millis = [1, 2, 3, 9, 10, u32::MAX].map(|nth| backoff.wait(nth).as_millis());
        assert_eq!(millis, [100, 200, 400, 25_600, 30_000, 30_000]);
        assert_eq!(backoff.wait(0), backoff.wait(1));
    }
}
