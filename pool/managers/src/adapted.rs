//! Adapters of managers for other pools.

#[cfg(feature = "bb8")]
mod bb8;
#[cfg(feature = "deadpool")]
mod deadpool;
#[cfg(feature = "r2d2")]
mod r2d2;

#[cfg(feature = "bb8")]
pub use self::bb8::FromBb8;
#[cfg(feature = "deadpool")]
pub use self::deadpool::{FromDeadpool, Recycled};
#[cfg(feature = "r2d2")]
pub use self::r2d2::FromR2d2;

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

            /// Returns the manager's `error` of this `kind`, without the secret.
            fn error(
                &self,
                kind: $crate::ManagerErrorKind,
                error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
            ) -> $crate::ManagerError {
                $crate::ManagerError::because("the manager", kind, error).keeping(&self.secret)
            }
        }

        seawall_core::__debug! { impl[M] $adapter<M> }
    };
}

use adapter;

/// Reports what a manager calls broken, without a reason.
#[cfg(any(feature = "bb8", feature = "r2d2"))]
fn broken() -> crate::ManagerError {
    crate::ManagerError::new("the manager", crate::ManagerErrorKind::Broken)
}
