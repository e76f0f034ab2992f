use std::fmt;
use std::time::Duration;

use crate::ControlAction;
use crate::refusal::Rounded;

/// Manual control that a component is under, for its status.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ControlStatus {
    /// What it makes the component do.
    pub action: ControlAction,
    /// The operator or the program that did it.
    pub by: String,
    /// The reason that it was done for.
    pub reason: String,
    /// The time after which it ends by itself, if it does.
    pub expires_in: Option<Duration>,
    /// True if it is about one key, which the status does not have: it may be personal data.
    pub of_key: bool,
}

impl ControlStatus {
    /// Creates the status of `action`, done `by` an operator for a `reason`.
    #[must_use]
    pub fn new(action: ControlAction, by: impl Into<String>, reason: impl Into<String>) -> Self {
        let (by, reason) = (by.into(), reason.into());
        Self { action, by, reason, expires_in: None, of_key: false }
    }

    /// Sets the time after which it ends by itself.
    #[must_use]
    pub const fn expires_in(mut self, left: Option<Duration>) -> Self {
        self.expires_in = left;
        self
    }

    /// Makes it one about one key.
    #[must_use]
    pub const fn of_key(mut self) -> Self {
        self.of_key = true;
        self
    }
}

impl fmt::Display for ControlStatus {
    /// Writes the action, by whom and why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_key = if self.of_key { " of a key" } else { "" };
        write!(f, "{}{of_key} by {}: {}", self.action, self.by, self.reason)?;
        match self.expires_in {
            Some(left) => write!(f, ", for another {}", Rounded(left)),
            None => Ok(()),
        }
    }
}
