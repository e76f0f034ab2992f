use std::sync::{Arc, OnceLock};

use r2d2::ManageConnection;
use seawall_core::pool::library::{Kept, Managed, SharedError};
use seawall_core::pool::{Manage, block_on};
use tokio::runtime::Handle;

/// The Tokio runtime that a manager runs in, once there is one.
pub(crate) type Runtime = Arc<OnceLock<Handle>>;

/// The r2d2 manager of any [`Manage`]: it connects on r2d2's threads.
#[derive(Debug)]
pub struct Adapter<M> {
    managed: Arc<Managed<M>>,
    runtime: Runtime,
}

impl<M: Manage> Adapter<M> {
    pub(crate) fn new(managed: Arc<Managed<M>>) -> Self {
        let runtime = Handle::try_current().map(OnceLock::from).unwrap_or_default();
        Self { managed, runtime: Arc::new(runtime) }
    }

    pub(crate) fn runtime(&self) -> Runtime {
        Arc::clone(&self.runtime)
    }
}

impl<M: Manage> ManageConnection for Adapter<M> {
    type Connection = Kept<M>;
    type Error = SharedError;

    fn connect(&self) -> Result<Kept<M>, SharedError> {
        let _entered = self.runtime.get().map(Handle::enter);
        block_on(self.managed.connect_in_background())
    }

    fn is_valid(&self, _: &mut Kept<M>) -> Result<(), SharedError> {
        Ok(())
    }

    fn has_broken(&self, kept: &mut Kept<M>) -> bool {
        kept.is_spent()
    }
}
