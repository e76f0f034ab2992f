use std::error::Error as StdError;

use bb8::ManageConnection;
use seawall_core::pool::Manage;

use crate::AdaptedError;
use crate::adapted::adapter;

adapter! {
    /// Adapts a [`bb8::ManageConnection`] to any pool of Seawall.
    ///
    /// Before a connection is lent again, the manager is asked whether it `has_broken`, and then
    /// whether it `is_valid`. `has_broken` needs exclusive access, so it is not asked when a connection
    /// is returned; a broken one is found before its next use.
    FromBb8 holds M
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
