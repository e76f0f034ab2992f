use std::time::Duration;

use seawall_core::{Component, InvalidOption, Layer, Name};
use tokio::sync::Semaphore;

/// Configures a bulkhead.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `max_concurrent` | 16 | maximum number of concurrent calls |
/// | `max_wait` | 0 s | maximum time that a call waits for a permit; zero refuses at once |
/// | `max_waiting` | 1024 | maximum number of waiting calls; further ones are refused at once |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkheadOptions {
    pub(crate) name: Name,
    pub(crate) max_concurrent: u32,
    pub(crate) max_wait: Duration,
    pub(crate) max_waiting: u32,
}

impl BulkheadOptions {
    /// Creates the default options of a bulkhead called `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self { name: name.into(), max_concurrent: 16, max_wait: Duration::ZERO, max_waiting: 1024 }
    }

    /// Sets the maximum number of concurrent calls.
    #[must_use]
    pub const fn max_concurrent(mut self, max_concurrent: u32) -> Self {
        self.max_concurrent = max_concurrent;
        self
    }

    /// Sets the maximum time that a call waits for a permit.
    #[must_use]
    pub const fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// Sets the maximum number of waiting calls.
    #[must_use]
    pub const fn max_waiting(mut self, max_waiting: u32) -> Self {
        self.max_waiting = max_waiting;
        self
    }

    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the maximum number of concurrent calls.
    #[must_use]
    pub const fn max_concurrent_calls(&self) -> u32 {
        self.max_concurrent
    }

    /// Checks all options, as starting a bulkhead does.
    ///
    /// # Errors
    /// If `max_concurrent` is zero or more than a semaphore can have, or the name is blank.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.name.validate(Component::Bulkhead)?;
        let problem = match self.max_concurrent as usize {
            0 => "must be 1 or more".to_owned(),
            permits if permits > Semaphore::MAX_PERMITS => {
                format!("must be {} or less", Semaphore::MAX_PERMITS)
            }
            _ => return Ok(()),
        };
        let layer = Layer::new(Component::Bulkhead, self.name.clone());
        Err(InvalidOption::new(&layer, "max_concurrent", problem))
    }
}
