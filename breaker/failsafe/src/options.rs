use std::time::Duration;

use seawall_core::{InvalidOption, Name};

mod backoff;
mod invalid;
mod success_rate;

pub use self::backoff::Backoff;
pub use self::success_rate::SuccessRate;

/// Configures a circuit breaker.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `failures` | 5, if there is no other rule | number of consecutive failures that open the circuit |
/// | `success_rate` | none | opens the circuit if fewer calls succeed |
/// | `reset` | 5 s | time for which the circuit stays open before it admits calls again |
#[derive(Clone, Debug, PartialEq)]
pub struct FailsafeOptions {
    pub(crate) name: Name,
    pub(crate) failures: Option<u32>,
    pub(crate) success_rate: Option<SuccessRate>,
    pub(crate) reset: Backoff,
}

impl FailsafeOptions {
    /// Creates the default options of a breaker called `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            failures: None,
            success_rate: None,
            reset: Backoff::Fixed(Duration::from_secs(5)),
        }
    }

    /// Opens the circuit after this number of consecutive failures, however far apart they are.
    #[must_use]
    pub const fn failures(mut self, failures: u32) -> Self {
        self.failures = Some(failures);
        self
    }

    /// Opens the circuit if fewer calls succeed than `rate` requires.
    #[must_use]
    pub const fn success_rate(mut self, rate: SuccessRate) -> Self {
        self.success_rate = Some(rate);
        self
    }

    /// Sets how long the circuit stays open, always the same time.
    #[must_use]
    pub const fn reset_after(self, reset_after: Duration) -> Self {
        self.reset(Backoff::Fixed(reset_after))
    }

    /// Sets how long the circuit stays open.
    #[must_use]
    pub const fn reset(mut self, reset: Backoff) -> Self {
        self.reset = reset;
        self
    }

    /// Returns the number of consecutive failures that open the circuit: the one that was set, or
    /// the default if there is no other rule.
    pub(crate) fn failure_limit(&self) -> Option<u32> {
        self.failures.or(self.success_rate.is_none().then_some(5))
    }

    /// Checks all options, as starting a breaker does.
    ///
    /// # Errors
    /// Returns the first option that is out of its range, or contradicts another.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        invalid::check(self)
    }
}
