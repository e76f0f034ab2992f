use std::fmt;
use std::time::Duration;

use crate::refusal::Rounded;
use crate::{Layer, Refusal};

/// The error of a protected call.
///
/// Exhaustive on purpose: these three are the contract. There is no conversion from `E`, so an
/// operation's own error is never wrapped by accident.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error<E> {
    /// The operation never ran, so the call is safe to send again.
    #[error(transparent)]
    Refused(Refusal),
    /// The operation ran and was cut. What it has done is not known.
    #[error(transparent)]
    TimedOut(Elapsed),
    /// The operation ran and failed with this error of its own.
    #[error(transparent)]
    Failed(E),
}

impl<E> Error<E> {
    /// Returns the refusal, if the call never ran.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Returns the operation's own error, if it ran and failed.
    #[must_use]
    pub fn into_failed(self) -> Option<E> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the time after which a retry may succeed, if a refusal knows it.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal().and_then(Refusal::retry_after)
    }

    /// Returns true if the operation never ran.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Returns true if the operation was cut.
    #[must_use]
    pub const fn is_timed_out(&self) -> bool {
        matches!(self, Self::TimedOut(_))
    }

    /// Returns the name of what happened: the kind of a refusal, `timed_out` or `failure`.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.kind().as_str(),
            Self::TimedOut(_) => "timed_out",
            Self::Failed(_) => "failure",
        }
    }

    /// Returns a value in place of a refusal, such as a default or an earlier answer.
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

    /// Applies `change` to the operation's own error.
    #[must_use]
    pub fn map_failed<F>(self, change: impl FnOnce(E) -> F) -> Error<F> {
        match self {
            Self::Refused(refusal) => Error::Refused(refusal),
            Self::TimedOut(elapsed) => Error::TimedOut(elapsed),
            Self::Failed(error) => Error::Failed(change(error)),
        }
    }
}

/// Any error that can be sent to another thread.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<E: Into<BoxError>> Error<E> {
    /// Returns the error in a box: a [`Refusal`], an [`Elapsed`] or the operation's own error, each as it
    /// is, to be found by `downcast_ref`.
    ///
    /// For operations whose own error is a [`BoxError`], as those of services often are. That is no
    /// [`std::error::Error`], so neither is an `Error` of it.
    ///
    /// ```
    /// # use seawall_core::{BoxError, Error, Refusal};
    /// # fn send() -> Result<u16, Error<BoxError>> { Ok(200) }
    /// fn forward() -> Result<u16, BoxError> {
    ///     send().map_err(Error::boxed)
    /// }
    /// let refused = forward().is_err_and(|error| error.is::<Refusal>());
    /// # assert!(!refused);
    /// ```
    #[must_use]
    pub fn boxed(self) -> BoxError {
        match self {
            Self::Refused(refusal) => refusal.into(),
            Self::TimedOut(elapsed) => elapsed.into(),
            Self::Failed(error) => error.into(),
        }
    }
}

impl<E> Error<Error<E>> {
    /// Merges the errors of a protected call inside another into one.
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
///
/// `Debug` writes the same sentence as `Display`, which is what `?` from `main` prints.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the call through {layer} was cut after {}", Rounded(*limit))]
pub struct Elapsed {
    pub(crate) layer: Layer,
    pub(crate) limit: Duration,
}

impl Elapsed {
    /// Returns the protection that the call went through, or its innermost layer if it has no name.
    #[must_use]
    pub const fn by(&self) -> &Layer {
        &self.layer
    }

    /// Returns the time that the operation was given.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }
}

impl fmt::Debug for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
