use std::error::Error;

use bb8::ManageConnection;
use seawall_core::pool::Manage;

use super::{adapter, broken};
use crate::{ManagerError, ManagerErrorKind};

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
    M::Error: Error + Sync,
{
    type Resource = M::Connection;
    type Error = ManagerError;

    async fn create(&self) -> Result<M::Connection, ManagerError> {
        let connected = self.manager.connect().await;
        connected.map_err(|error| self.error(ManagerErrorKind::Other, error))
    }

    async fn check(&self, connection: &mut M::Connection) -> Result<(), ManagerError> {
        if self.manager.has_broken(connection) {
            return Err(broken());
        }
        let valid = self.manager.is_valid(connection).await;
        valid.map_err(|error| self.error(ManagerErrorKind::Other, error))
    }
}
