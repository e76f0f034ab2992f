use std::fmt;
use std::time::Duration;

use crate::refusal::Rounded;
use crate::{Layer, Name, Verdict};

#[cfg(feature = "serde")]
mod serialize;

mod controlled;
mod reading;
mod statuses;

pub use self::controlled::ControlStatus;
pub use self::reading::{Reading, ReadingKind};
pub use self::statuses::Statuses;
#[cfg(feature = "pool")]
use crate::pool::DurationHistogram;

/// A component's status, for people, status pages and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The component.
    pub layer: Layer,
    /// The component's state, in one word.
    pub state: &'static str,
    /// The time after which a call may succeed, if calls are refused now.
    pub retry_after: Option<Duration>,
    /// The component's counts and limits.
    pub readings: Vec<Reading>,
    /// The name of the backend, as settings have it: `native`, `governor`. `None` if it is not known.
    pub backend: Option<&'static str>,
    /// The namespace of the component's infrastructure, if it has one.
    pub namespace: Option<Name>,
    /// The manual control that the component is under, the latest last.
    pub control: Vec<ControlStatus>,
    /// Times of the connects of a pool that succeeded.
    #[cfg(feature = "pool")]
    pub create_times: Option<Box<DurationHistogram>>,
}

impl Status {
    /// Creates the status of `layer` in `state`, without readings.
    #[must_use]
    pub fn new(layer: &Layer, state: &'static str) -> Self {
        Self {
            layer: layer.clone(),
            state,
            retry_after: None,
            readings: Vec::new(),
            backend: None,
            namespace: None,
            control: Vec::new(),
            #[cfg(feature = "pool")]
            create_times: None,
        }
    }

    /// Adds a count of everything since the component was created: see [`Reading::unit`] for `unit`.
    #[must_use]
    pub fn with_counter(self, name: &'static str, value: u64, unit: &'static str) -> Self {
        self.with_reading(Reading { name, value, kind: ReadingKind::Counter, unit })
    }

    /// Adds a value that goes up and down, or an option: see [`Reading::unit`] for `unit`.
    #[must_use]
    pub fn with_gauge(self, name: &'static str, value: u64, unit: &'static str) -> Self {
        self.with_reading(Reading { name, value, kind: ReadingKind::Gauge, unit })
    }

    fn with_reading(mut self, reading: Reading) -> Self {
        self.readings.push(reading);
        self
    }

    /// Sets the time after which a call may succeed.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Sets the name of the backend.
    #[must_use]
    pub fn with_backend(mut self, backend: &'static str) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Sets the namespace.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Option<Name>) -> Self {
        self.namespace = namespace;
        self
    }

    /// Adds manual control that the component is under.
    #[must_use]
    pub fn with_control(mut self, control: ControlStatus) -> Self {
        self.control.push(control);
        self
    }

    /// Returns the number of calls that the component admitted and that have not ended, or of resources
    /// that a pool has lent; `None` if its readings do not tell.
    #[must_use]
    pub fn in_flight(&self) -> Option<u64> {
        let held = ["running", "borrowed"].into_iter().find_map(|name| self.reading(name));
        held.or_else(|| {
            let names = Verdict::ALL.iter().map(|verdict| verdict.as_str()).chain(["late"]);
            let ended = names.filter_map(|name| self.reading(name)).sum();
            Some(self.reading("admitted")?.saturating_sub(ended))
        })
    }

    /// Returns the value of the reading called `name`, if there is one.
    #[must_use]
    pub fn reading(&self, name: &str) -> Option<u64> {
        self.readings.iter().find(|reading| reading.name == name).map(|reading| reading.value)
    }
}

impl fmt::Display for Status {
    /// Writes one line: the component, its state, its readings, and the manual control it is under.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}: ")?;
        }
        write!(f, "{}: {}", self.layer, self.state)?;
        if let Some(wait) = self.retry_after {
            write!(f, ", retry in {}", Rounded(wait))?;
        }
        for (at, Reading { name, value, .. }) in self.readings.iter().enumerate() {
            write!(f, "{}{name} {value}", if at == 0 { "; " } else { ", " })?;
        }
        self.control.iter().try_for_each(|control| write!(f, "; {control}"))
    }
}
