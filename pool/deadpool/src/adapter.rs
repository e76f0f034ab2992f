use std::sync::Arc;

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use seawall_core::pool::{Manage, Stage};

use crate::books::Books;
use crate::slot::Slot;
use crate::stage;
use crate::trouble::Trouble;

/// A [`Manage`] as deadpool wants to have it, that keeps the books.
pub(crate) struct Adapter<M: Manage> {
    pub(crate) manager: M,
    pub(crate) books: Arc<Books>,
    pub(crate) trouble: Trouble<M::Error>,
}

impl<M: Manage> managed::Manager for Adapter<M> {
    type Type = Slot<M::Resource>;
    type Error = Arc<M::Error>;

    async fn create(&self) -> Result<Self::Type, Self::Error> {
        stage::enter(Stage::Connecting);
        let connecting = self.books.connecting();
        let panic = NotePanic(&self.trouble);
        let created = self.manager.create().await;
        drop((panic, connecting));
        match created {
            Ok(resource) => {
                self.trouble.connected();
                Ok(Slot::lent(resource, &self.books))
            }
            Err(error) => {
                let error = Arc::new(error);
                self.trouble.not_connected(Some(Arc::clone(&error)));
                Err(error)
            }
        }
    }

    async fn recycle(&self, slot: &mut Self::Type, _: &Metrics) -> RecycleResult<Self::Error> {
        slot.begin_check();
        let good = self.renew(slot.get_mut()).await;
        slot.end_check(good.is_ok());
        good.map_err(|error| {
            let error = Arc::new(error);
            self.trouble.not_good(Arc::clone(&error));
            RecycleError::Backend(error)
        })
    }
}

impl<M: Manage> Adapter<M> {
    async fn renew(&self, resource: &mut M::Resource) -> Result<(), M::Error> {
        stage::enter(Stage::Checking);
        self.manager.check(resource).await?;
        stage::enter(Stage::Resetting);
        self.manager.reset(resource).await
    }
}

/// An attempt to connect that panics has failed; one that is dropped may have been about to work.
struct NotePanic<'a, E>(&'a Trouble<E>);

impl<E> Drop for NotePanic<'_, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.not_connected(None);
        }
    }
}
