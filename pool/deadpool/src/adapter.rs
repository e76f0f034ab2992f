use std::sync::Arc;

use deadpool::managed::{Manager, Metrics, RecycleError};
use seawall_core::pool::Manage;
use seawall_core::pool::library::{Kept, Managed, SharedError};

/// The deadpool manager of any [`Manage`].
#[derive(Debug)]
pub struct Adapter<M>(Arc<Managed<M>>);

impl<M: Manage> Adapter<M> {
    pub(crate) const fn new(managed: Arc<Managed<M>>) -> Self {
        Self(managed)
    }
}

impl<M: Manage> Manager for Adapter<M> {
    type Type = Kept<M>;
    type Error = SharedError;

    async fn create(&self) -> Result<Kept<M>, SharedError> {
        self.0.connect().await
    }

    async fn recycle(
        &self,
        kept: &mut Kept<M>,
        _: &Metrics,
    ) -> Result<(), RecycleError<SharedError>> {
        self.0.renew(kept).await.map_err(RecycleError::Backend)
    }
}
