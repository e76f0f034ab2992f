use std::error::Error as StdError;
use std::fmt;

use bb8::ManageConnection;
use seawall_core::pool::Manage;

use crate::AdaptedError;
use crate::secret::Secret;

/// Adapts a [`bb8::ManageConnection`] to any pool of Seawall.
///
/// Before a connection is lent again, the manager is asked whether it `has_broken`, and then
/// whether it `is_valid`. `has_broken` needs exclusive access, so it is not asked when a connection
/// is returned; a broken one is found before its next use.
pub struct FromBb8<M> {
    manager: M,
    secret: Secret,
}

impl<M> FromBb8<M> {
    /// Wraps `manager` unchanged.
    pub fn new(manager: M) -> Self {
        Self { manager, secret: Secret::default() }
    }

    /// Drops each error of the manager that shows `secret`, such as the password of its URL.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.secret = Secret::new(Some(secret.as_bytes()), &[]);
        self
    }

    /// Returns the manager.
    #[must_use]
    pub const fn get_ref(&self) -> &M {
        &self.manager
    }
}

impl<M> Manage for FromBb8<M>
where
    M: ManageConnection,
    M::Error: StdError + Sync,
{
    type Resource = M::Connection;
    type Error = AdaptedError<M::Error>;

    async fn create(&self) -> Result<Self::Resource, Self::Error> {
        self.manager.connect().await.map_err(|error| AdaptedError::keeping(&self.secret, error))
    }

    async fn check(&self, connection: &mut Self::Resource) -> Result<(), Self::Error> {
        if self.manager.has_broken(connection) {
            return Err(AdaptedError::Broken);
        }
        self.manager
            .is_valid(connection)
            .await
            .map_err(|error| AdaptedError::keeping(&self.secret, error))
    }
}

impl<M> fmt::Debug for FromBb8<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromBb8").finish_non_exhaustive()
    }
}
