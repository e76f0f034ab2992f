use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::pool::{Drained, Manage, Pool as Spi, PoolControl, PoolStatus, Terms};
use seawall_core::{Exit, InvalidOption, Layer, Refusal, Status, Tick};

use crate::item::Item;
use crate::pool::Pool;
use crate::rack::Rack;
use crate::reason::Reason;

impl<M: Manage, K: Rack<Resource = M::Resource>> Spi for Pool<M, K> {
    type Resource = M::Resource;
    type Item = Item<K>;

    fn layer(&self) -> &Layer {
        &self.shared.layer
    }

    fn checkout_timeout(&self) -> Duration {
        self.shared.options.checkout_timeout
    }

    fn checkout(&self, terms: Terms<'_>) -> impl Future<Output = Result<Item<K>, Refusal>> + Send {
        self.shared.checkout(terms)
    }

    fn checkin(&self, item: Item<K>, exit: &Exit<'_>) {
        let reason = if exit.is_cut() || !item.is_of(&self.shared.ledger) {
            Reason::Abandoned
        } else if self.shared.manager.is_broken(&item) {
            Reason::Broken
        } else {
            return self.shared.take_back(item.into_parcel(), || exit.now());
        };
        item.close(reason);
        self.shared.ring_if_few_are_idle();
    }

    fn status(&self, _now: Tick) -> Status {
        Pool::status(self).to_status(&self.shared.layer)
    }
}

impl<M: Manage, K: Rack<Resource = M::Resource>> PoolControl for Pool<M, K> {
    fn pool_status(&self) -> PoolStatus {
        self.status()
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        Pool::resize(self, max_size);
        Ok(())
    }

    fn close(&self) {
        Pool::close(self);
    }

    async fn drain(&self, patience: Duration) -> Drained {
        Pool::drain(self, patience).await
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        Pool::maintain(self)
    }
}
