use std::borrow::Cow;
use std::error::Error as StdError;

use crate::secret::Secret;

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
    /// The manager's own error shows the secret, so it was dropped.
    #[error("the manager returned an error that shows the secret")]
    Hidden,
}

impl<E: StdError + 'static> AdaptedError<E> {
    /// The manager's `error`, unless it shows `secret`.
    pub(crate) fn keeping(secret: &Secret, error: E) -> Self {
        if secret.is_kept_by(&error) { Self::Manager(error) } else { Self::Hidden }
    }

    /// Returns the manager's own error, if there is one.
    #[must_use]
    pub const fn manager(&self) -> Option<&E> {
        match self {
            Self::Manager(error) => Some(error),
            _ => None,
        }
    }
}

/// Defines an adapter of managers for another pool, which holds them as `$held`.
macro_rules! adapter {
    ($(#[$about:meta])* $adapter:ident holds $held:ty) => {
        $(#[$about])*
        pub struct $adapter<M> {
            manager: $held,
            secret: $crate::secret::Secret,
        }

        impl<M> $adapter<M> {
            /// Wraps `manager` unchanged.
            #[must_use]
            pub fn new(manager: M) -> Self {
                Self { manager: manager.into(), secret: Default::default() }
            }

            /// Drops each error of the manager that shows `secret`, such as the password of its
            /// URL.
            #[must_use]
            pub fn with_secret(mut self, secret: &str) -> Self {
                self.secret = $crate::secret::Secret::new(Some(secret.as_bytes()), &[]);
                self
            }

            /// Returns the manager.
            #[must_use]
            pub fn get_ref(&self) -> &M {
                &self.manager
            }
        }

        impl<M> std::fmt::Debug for $adapter<M> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($adapter)).finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use adapter;
