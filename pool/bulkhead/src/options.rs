use std::time::Duration;

use seawall_core::{Component, InvalidOption, Layer, Name};

/// What a bulkhead is started from.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `max_concurrent` | 16 | so many calls run at once |
/// | `max_wait` | 0 s | how long a call may wait for a place; zero: it is refused at once |
/// | `max_waiting` | 1024 | so many calls wait at once; further ones are refused at once |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkheadOptions {
    pub(crate) name: Name,
    pub(crate) max_concurrent: u32,
    pub(crate) max_wait: Duration,
    pub(crate) max_waiting: u32,
}

impl BulkheadOptions {
    /// The defaults, for a bulkhead called `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self { name: name.into(), max_concurrent: 16, max_wait: Duration::ZERO, max_waiting: 1024 }
    }

    /// So many calls run at once.
    #[must_use]
    pub const fn max_concurrent(mut self, max_concurrent: u32) -> Self {
        self.max_concurrent = max_concurrent;
        self
    }

    /// How long a call may wait for a place.
    #[must_use]
    pub const fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// So many calls wait at once.
    #[must_use]
    pub const fn max_waiting(mut self, max_waiting: u32) -> Self {
        self.max_waiting = max_waiting;
        self
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidOption> {
        self.name.validate(Component::Bulkhead)?;
        if self.max_concurrent == 0 {
            let layer = Layer::new(Component::Bulkhead, self.name.clone());
            return Err(InvalidOption::new(&layer, "max_concurrent", "must be 1 or more"));
        }
        Ok(())
    }
}
