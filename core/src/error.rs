use std::time::Duration;

use crate::{Layer, Refusal};

/// What a protected call can end with, besides its value.
///
/// Exhaustive on purpose: these three are the contract. There is no conversion from `E`, so an
/// operation's own error is never wrapped by accident.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error<E> {
    /// The operation never ran: safe to send again.
    #[error(transparent)]
    Refused(Refusal),
    /// The operation ran and was cut; what it did is not known.
    #[error(transparent)]
    TimedOut(Elapsed),
    /// The operation ran and failed by itself. The error is untouched.
    #[error(transparent)]
    Failed(E),
}

impl<E> Error<E> {
    /// The refusal, if the call never ran.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The operation's own error, if it ran and failed.
    #[must_use]
    pub fn into_failed(self) -> Option<E> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// How long to wait before asking again may help, where a refusal knows.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal().and_then(Refusal::retry_after)
    }

    /// Did the operation not run at all?
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Was the operation cut?
    #[must_use]
    pub const fn is_timed_out(&self) -> bool {
        matches!(self, Self::TimedOut(_))
    }

    /// A value in place of the refusal, if the call never ran: a default, or what was known before.
    ///
    /// ```
    /// # use seawall_core::Error;
    /// # fn price(call: impl Fn() -> Result<u32, Error<std::io::Error>>) -> Result<u32, Error<std::io::Error>> {
    /// call().or_else(|error| error.or_value(|_refusal| 0))
    /// # }
    /// ```
    ///
    /// # Errors
    /// The error itself, if the call ran.
    pub fn or_value<T>(self, value: impl FnOnce(&Refusal) -> T) -> Result<T, Self> {
        match self {
            Self::Refused(refusal) => Ok(value(&refusal)),
            error => Err(error),
        }
    }

    /// With the operation's own error changed by `change`.
    #[must_use]
    pub fn map_failed<F>(self, change: impl FnOnce(E) -> F) -> Error<F> {
        match self {
            Self::Refused(refusal) => Error::Refused(refusal),
            Self::TimedOut(elapsed) => Error::TimedOut(elapsed),
            Self::Failed(error) => Error::Failed(change(error)),
        }
    }
}

impl<E> Error<Error<E>> {
    /// One error of two, where a protected call runs inside another.
    #[must_use]
    pub fn flatten(self) -> Error<E> {
        match self {
            Self::Refused(refusal) => Error::Refused(refusal),
            Self::TimedOut(elapsed) => Error::TimedOut(elapsed),
            Self::Failed(inner) => inner,
        }
    }
}

impl<E> From<Refusal> for Error<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// An operation that was cut because its time was over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call through {layer} was cut after {limit:?}")]
pub struct Elapsed {
    pub(crate) layer: Layer,
    pub(crate) limit: Duration,
}

impl Elapsed {
    /// The innermost layer that the call had passed.
    #[must_use]
    pub const fn by(&self) -> &Layer {
        &self.layer
    }

    /// The time that the operation was given.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }
}
