use std::error::Error as StdError;
use std::fmt;

use r2d2::ManageConnection;
use seawall_core::pool::ManageBlocking;

use crate::AdaptedError;

/// What an [`r2d2::ManageConnection`] manages, for any pool of Seawall.
///
/// Each call of the manager blocks its thread, so a pool takes this in `Blocking` of
/// `seawall-pool-kit`, async pools too. A call that is cut by a deadline runs to its end; what it made
/// or checked is closed then. So give the driver a timeout of its own for connecting: a call that never
/// returns keeps its thread.
///
/// The manager is asked whether a connection `has_broken`, and then whether it `is_valid`, before that
/// is lent again. `has_broken` wants the connection for itself alone, so it is not asked when one comes
/// back; a broken one is found out at its next turn.
pub struct FromR2d2<M>(M);

impl<M> FromR2d2<M> {
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

impl<M> ManageBlocking for FromR2d2<M>
where
    M: ManageConnection,
    M::Error: StdError + Send + Sync,
{
    type Resource = M::Connection;
    type Error = AdaptedError<M::Error>;

    fn create(&self) -> Result<Self::Resource, Self::Error> {
        self.0.connect().map_err(AdaptedError::Manager)
    }

    fn check(&self, connection: &mut Self::Resource) -> Result<(), Self::Error> {
        if self.0.has_broken(connection) {
            return Err(AdaptedError::Broken);
        }
        self.0.is_valid(connection).map_err(AdaptedError::Manager)
    }

    fn is_clean(&self, _: &Self::Resource) -> bool {
        // There is no call that would clean it.
        true
    }
}

impl<M> fmt::Debug for FromR2d2<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromR2d2").finish_non_exhaustive()
    }
}
