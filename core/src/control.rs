use std::borrow::Cow;
use std::fmt;

use crate::{Key, Layer};

/// What manual control makes a component do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ControlAction {
    /// Refuses all calls, until it is released.
    ForceOpen,
    /// Admits all calls and counts nothing, until it is released.
    ForceClosed,
    /// Admits all calls and counts them, until it is released.
    Observe,
    /// Goes back to its own rules.
    Release,
    /// Forgets what was counted: closes a circuit, gives a key all its tokens.
    Reset,
    /// Changes the limit, until it is released: tokens a period, or concurrent calls.
    Resize(u32),
}

/// Manual control of one component, whatever its backend. A backend implements it for its handle; what
/// it does not have itself is done in front of it.
pub trait ManualControl: Send + Sync {
    /// Does `action` to all calls, or to those with `key`. It takes effect before this returns, and ends
    /// with [`ControlAction::Release`], which undoes nothing else.
    ///
    /// # Errors
    /// If the backend does not have the action, which is then
    /// [unsupported](ControlError::is_unsupported); if there is no room for the key; if a new limit is
    /// out of its range. Nothing has changed then.
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError>;
}

/// Manual control is not possible.
///
/// `Debug` writes the same sentence as `Display`, which is what `?` from `main` prints.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{layer} {problem}")]
pub struct ControlError {
    layer: Layer,
    problem: Cow<'static, str>,
    is_unsupported: bool,
}

impl ControlAction {
    /// Returns the name of the action, as events and the status have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForceOpen => "force_open",
            Self::ForceClosed => "force_closed",
            Self::Observe => "observe",
            Self::Release => "release",
            Self::Reset => "reset",
            Self::Resize(_) => "resize",
        }
    }
}

impl ControlError {
    /// Creates the error that `layer` cannot be controlled, with the end of a sentence about it: "has no
    /// room for another key".
    #[must_use]
    pub fn new(layer: &Layer, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { layer: layer.clone(), problem: problem.into(), is_unsupported: false }
    }

    /// Creates the error that the backend of `layer` does not have `action`.
    #[must_use]
    pub fn unsupported(layer: &Layer, action: ControlAction, key: Option<Key<'_>>) -> Self {
        let of_keys = if key.is_some() { " for one key" } else { "" };
        let problem = format!("does not support `{}`{of_keys}", action.as_str());
        Self { is_unsupported: true, ..Self::new(layer, problem) }
    }

    /// Returns true if the backend does not have the action, so that another way to do it may exist.
    #[must_use]
    pub const fn is_unsupported(&self) -> bool {
        self.is_unsupported
    }

    /// Returns the component.
    #[must_use]
    pub const fn layer(&self) -> &Layer {
        &self.layer
    }
}

impl fmt::Display for ControlAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resize(limit) => write!(f, "resize to {limit}"),
            other => f.write_str(other.as_str()),
        }
    }
}

impl fmt::Debug for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
