use std::time::Duration;

use seawall_core::Name;

/// What a circuit breaker is started from.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `failures` | 5 | so many failures within the window open the circuit: the fifth does |
/// | `window` | 10 s | how long a failure counts |
/// | `reset_after` | 5 s | how long the circuit stays open before a probe is let through |
/// | `probe_lease` | 30 s | how long a probe may take before another is let through |
/// | `call_timeout` | none | how long a call may take, where the caller does not say |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerOptions {
    pub(crate) name: Name,
    pub(crate) failures: u32,
    pub(crate) window: Duration,
    pub(crate) reset_after: Duration,
    pub(crate) probe_lease: Duration,
    pub(crate) call_timeout: Option<Duration>,
}

/// An option that no breaker can be started from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("circuit breaker `{breaker}`: `{option}` {problem}")]
pub struct InvalidOption {
    breaker: Name,
    option: &'static str,
    problem: &'static str,
}

impl InvalidOption {
    /// The option's name.
    #[must_use]
    pub const fn option(&self) -> &'static str {
        self.option
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn problem(&self) -> &'static str {
        self.problem
    }
}

impl BreakerOptions {
    /// The most failures that a window counts; each takes eight bytes.
    pub const MAX_FAILURES: u32 = 1_000_000;

    /// The defaults, for a breaker called `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            failures: 5,
            window: Duration::from_secs(10),
            reset_after: Duration::from_secs(5),
            probe_lease: Duration::from_secs(30),
            call_timeout: None,
        }
    }

    /// So many failures within the window open the circuit.
    #[must_use]
    pub const fn failures(mut self, failures: u32) -> Self {
        self.failures = failures;
        self
    }

    /// How long a failure counts. One that is exactly this old no longer does.
    #[must_use]
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How long the circuit stays open before a probe is let through.
    #[must_use]
    pub const fn reset_after(mut self, reset_after: Duration) -> Self {
        self.reset_after = reset_after;
        self
    }

    /// How long a probe may take before it is given up and another is let through, so that one that
    /// hangs does not keep the circuit half-open for ever.
    #[must_use]
    pub const fn probe_lease(mut self, probe_lease: Duration) -> Self {
        self.probe_lease = probe_lease;
        self
    }

    /// How long a call may take, where the caller does not say.
    #[must_use]
    pub const fn call_timeout(mut self, call_timeout: Duration) -> Self {
        self.call_timeout = Some(call_timeout);
        self
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidOption> {
        let invalid =
            |option, problem| Err(InvalidOption { breaker: self.name.clone(), option, problem });
        if !(1..=Self::MAX_FAILURES).contains(&self.failures) {
            return invalid("failures", "must be between 1 and 1,000,000");
        }
        for (option, time) in [
            ("window", Some(self.window)),
            ("reset_after", Some(self.reset_after)),
            ("probe_lease", Some(self.probe_lease)),
            ("call_timeout", self.call_timeout),
        ] {
            if time == Some(Duration::ZERO) {
                return invalid(option, "must be longer than zero");
            }
        }
        Ok(())
    }
}
