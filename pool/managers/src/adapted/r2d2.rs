use std::error::Error;

use r2d2::ManageConnection;
use seawall_core::pool::ManageBlocking;

use super::{adapter, broken};
use crate::{ManagerError, ManagerErrorKind};

adapter! {
    /// Adapts an [`r2d2::ManageConnection`] to any pool of Seawall.
    ///
    /// Each call of the manager blocks its thread, so a pool uses this inside
    /// [`Blocking`](seawall_core::pool::Blocking); async pools can use it too. A call that is cut by a deadline runs to its
    /// end, and the connection that it made or checked is then closed. So set a connect timeout in the
    /// driver: a call that never returns occupies its thread.
    ///
    /// Before a connection is lent again, it is asked about as by `FromBb8`: whether it
    /// `has_broken`, and then whether it `is_valid`.
    FromR2d2 holds M
}

impl<M> ManageBlocking for FromR2d2<M>
where
    M: ManageConnection,
    M::Error: Error + Send + Sync,
{
    type Resource = M::Connection;
    type Error = ManagerError;

    fn create(&self) -> Result<M::Connection, ManagerError> {
        self.manager.connect().map_err(|error| self.error(ManagerErrorKind::Other, error))
    }

    fn check(&self, connection: &mut M::Connection) -> Result<(), ManagerError> {
        if self.manager.has_broken(connection) {
            return Err(broken());
        }
        let valid = self.manager.is_valid(connection);
        valid.map_err(|error| self.error(ManagerErrorKind::Other, error))
    }

    fn is_clean(&self, _: &M::Connection) -> bool {
        // There is no call that would clean it.
        true
    }
}
