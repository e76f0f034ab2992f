use std::time::Duration;

use seawall_core::{InvalidOption, Name};

mod backoff;
mod invalid;
mod success_rate;

pub use self::backoff::Backoff;
pub use self::success_rate::SuccessRate;

/// What a circuit breaker is started from.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `failures` | 5, if there is no other rule | so many failures in a row open the circuit: the fifth does |
/// | `success_rate` | none | too small a part of the calls succeeding opens it |
/// | `reset` | 5 s | how long the circuit stays open before it is probed |
/// | `probe_lease` | 30 s | how long one probe keeps others out |
#[derive(Clone, Debug, PartialEq)]
pub struct FailsafeOptions {
    pub(crate) name: Name,
    pub(crate) failures: Option<u32>,
    pub(crate) success_rate: Option<SuccessRate>,
    pub(crate) reset: Backoff,
    pub(crate) probe_lease: Duration,
}

impl FailsafeOptions {
    /// The defaults, for a breaker called `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            failures: None,
            success_rate: None,
            reset: Backoff::Fixed(Duration::from_secs(5)),
            probe_lease: Duration::from_secs(30),
        }
    }

    /// So many failures in a row open the circuit, however far apart they are.
    #[must_use]
    pub const fn failures(mut self, failures: u32) -> Self {
        self.failures = Some(failures);
        self
    }

    /// Too small a part of the calls succeeding opens the circuit.
    #[must_use]
    pub const fn success_rate(mut self, rate: SuccessRate) -> Self {
        self.success_rate = Some(rate);
        self
    }

    /// How long the circuit stays open before it is probed: the same time always.
    #[must_use]
    pub const fn reset_after(self, reset_after: Duration) -> Self {
        self.reset(Backoff::Fixed(reset_after))
    }

    /// How long the circuit stays open before it is probed.
    #[must_use]
    pub const fn reset(mut self, reset: Backoff) -> Self {
        self.reset = reset;
        self
    }

    /// How long one probe keeps others out. What comes of it later decides nothing, if another has
    /// taken its turn.
    #[must_use]
    pub const fn probe_lease(mut self, lease: Duration) -> Self {
        self.probe_lease = lease;
        self
    }

    /// Failures in a row that open the circuit: what was said, or the default if there is no other
    /// rule.
    pub(crate) fn failure_limit(&self) -> Option<u32> {
        self.failures.or(self.success_rate.is_none().then_some(5))
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidOption> {
        invalid::check(self)
    }
}
