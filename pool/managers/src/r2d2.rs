use std::error::Error as StdError;

use r2d2::ManageConnection;
use seawall_core::pool::ManageBlocking;

use crate::AdaptedError;
use crate::adapted::adapter;

adapter! {
    /// Adapts an [`r2d2::ManageConnection`] to any pool of Seawall.
    ///
    /// Each call of the manager blocks its thread, so a pool uses this inside `Blocking` of
    /// `seawall-pool`; async pools can use it too. A call that is cut by a deadline runs to its
    /// end, and the connection that it made or checked is then closed. So set a connect timeout in the
    /// driver: a call that never returns occupies its thread.
    ///
    /// Before a connection is lent again, the manager is asked whether it `has_broken`, and then
    /// whether it `is_valid`. `has_broken` needs exclusive access, so it is not asked when a connection
    /// is returned; a broken one is found before its next use.
    FromR2d2 holds M
}

impl<M> ManageBlocking for FromR2d2<M>
where
    M: ManageConnection,
    M::Error: StdError + Send + Sync,
{
    type Resource = M::Connection;
    type Error = AdaptedError<M::Error>;

    fn create(&self) -> Result<Self::Resource, Self::Error> {
        self.manager.connect().map_err(|error| AdaptedError::keeping(&self.secret, error))
    }

    fn check(&self, connection: &mut Self::Resource) -> Result<(), Self::Error> {
        if self.manager.has_broken(connection) {
            return Err(AdaptedError::Broken);
        }
        self.manager
            .is_valid(connection)
            .map_err(|error| AdaptedError::keeping(&self.secret, error))
    }

    fn is_clean(&self, _: &Self::Resource) -> bool {
        // There is no call that would clean it.
        true
    }
}
