use std::borrow::Cow;
use std::error::Error as StdError;

/// Reports why an adapted manager could not create a connection, or refused to lend one again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdaptedError<E: StdError + 'static> {
    /// The manager's own error, unchanged.
    #[error("the manager returned an error")]
    Manager(#[source] E),
    /// The manager reports the connection as broken, without a reason.
    #[error("the manager reports the connection as broken")]
    Broken,
    /// The manager refused to recycle the connection, with its reason.
    #[error("the manager refused to recycle the connection: {0}")]
    NotRecycled(Cow<'static, str>),
}

impl<E: StdError + 'static> AdaptedError<E> {
    /// Returns the manager's own error, if there is one.
    #[must_use]
    pub const fn manager(&self) -> Option<&E> {
        match self {
            Self::Manager(error) => Some(error),
            _ => None,
        }
    }
}
