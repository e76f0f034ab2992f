use std::error::Error as StdError;
use std::fmt;

use bb8::ManageConnection;
use seawall_core::pool::Manage;

use crate::AdaptedError;

/// What a [`bb8::ManageConnection`] manages, for any pool of Seawall.
///
/// The manager is asked whether a connection `has_broken`, and then whether it `is_valid`, before that
/// is lent again. `has_broken` wants the connection for itself alone, so it is not asked when one comes
/// back; a broken one is found out at its next turn.
pub struct FromBb8<M>(M);

impl<M> FromBb8<M> {
    /// Takes `manager` as it is.
    pub const fn new(manager: M) -> Self {
        Self(manager)
    }

    /// The manager.
    #[must_use]
    pub const fn get_ref(&self) -> &M {
        &self.0
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
        self.0.connect().await.map_err(AdaptedError::Manager)
    }

    async fn check(&self, connection: &mut Self::Resource) -> Result<(), Self::Error> {
        if self.0.has_broken(connection) {
            return Err(AdaptedError::Broken);
        }
        self.0.is_valid(connection).await.map_err(AdaptedError::Manager)
    }
}

impl<M> fmt::Debug for FromBb8<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromBb8").finish_non_exhaustive()
    }
}
