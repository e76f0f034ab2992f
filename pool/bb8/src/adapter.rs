use std::sync::Arc;

use bb8::ManageConnection;
use seawall_core::pool::Manage;
use seawall_core::pool::library::{Kept, Managed, SharedError};

/// The bb8 manager of any [`Manage`].
#[derive(Debug)]
pub struct Adapter<M>(Arc<Managed<M>>);

impl<M: Manage> Adapter<M> {
    pub(crate) const fn new(managed: Arc<Managed<M>>) -> Self {
        Self(managed)
    }
}

impl<M: Manage> ManageConnection for Adapter<M> {
    type Connection = Kept<M>;
    type Error = SharedError;

    async fn connect(&self) -> Result<Kept<M>, SharedError> {
        self.0.connect_in_background().await
    }

    async fn is_valid(&self, kept: &mut Kept<M>) -> Result<(), SharedError> {
        self.0.renew(kept).await
    }

    fn has_broken(&self, kept: &mut Kept<M>) -> bool {
        kept.is_spent()
    }
}
