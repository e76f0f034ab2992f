use std::borrow::Cow;
use std::error::Error as StdError;

/// Why a manager of another pool could not make a connection, or would not have one lent again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdaptedError<E: StdError + 'static> {
    /// The manager's own error, untouched.
    #[error("the manager gave an error")]
    Manager(#[source] E),
    /// The manager calls the connection broken, and gives no reason.
    #[error("the manager calls the connection broken")]
    Broken,
    /// The manager does not want the connection to be used again, for a reason in words.
    #[error("the manager would not recycle the connection: {0}")]
    NotRecycled(Cow<'static, str>),
}

impl<E: StdError + 'static> AdaptedError<E> {
    /// The manager's own error, if there is one.
    #[must_use]
    pub const fn manager(&self) -> Option<&E> {
        match self {
            Self::Manager(error) => Some(error),
            _ => None,
        }
    }
}
