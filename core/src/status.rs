use std::fmt;
use std::time::Duration;

use crate::Layer;
use crate::refusal::Rounded;

/// What a component says of itself, for people, status pages and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Who says it.
    pub layer: Layer,
    /// The state it is in, in one word.
    pub state: &'static str,
    /// When asking again may help, if calls are refused now.
    pub retry_after: Option<Duration>,
    /// Its counts and limits, by name.
    pub readings: Vec<(&'static str, u64)>,
}

impl Status {
    /// The status of `layer` in `state`, without readings.
    #[must_use]
    pub fn new(layer: &Layer, state: &'static str) -> Self {
        Self { layer: layer.clone(), state, retry_after: None, readings: Vec::new() }
    }

    /// With one more reading.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: u64) -> Self {
        self.readings.push((name, value));
        self
    }

    /// With the time after which asking again may help.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// The reading called `name`.
    #[must_use]
    pub fn reading(&self, name: &str) -> Option<u64> {
        self.readings.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

impl fmt::Display for Status {
    /// One line: the layer, its state, and its readings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.layer, self.state)?;
        if let Some(wait) = self.retry_after {
            write!(f, ", retry in {}", Rounded(wait))?;
        }
        for (at, (name, value)) in self.readings.iter().enumerate() {
            write!(f, "{}{name} {value}", if at == 0 { "; " } else { ", " })?;
        }
        Ok(())
    }
}
