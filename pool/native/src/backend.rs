use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::pool::{
    CloseReason, Detach, Drained, Manage, Pool as Spi, PoolControl, PoolOptions, PoolStatus, Terms,
    TransactBy, block_on,
};
use seawall_core::{Driver, Exit, InvalidOption, Layer, Refusal, Status, Tick};

use crate::entry::Checkout;
use crate::pool::Pool;

impl<M: Manage> Spi for Pool<M> {
    type Resource = M::Resource;
    type Item = Checkout<M>;

    fn layer(&self) -> &Layer {
        &self.shared.layer
    }

    fn checkout_timeout(&self) -> Duration {
        self.shared.checkout_timeout.get()
    }

    #[inline]
    fn checkout(
        &self,
        terms: Terms<'_>,
    ) -> impl Future<Output = Result<Checkout<M>, Refusal>> + Send {
        self.shared.checkout(terms, &self.driver)
    }

    fn checkout_blocking(&self, terms: Terms<'_>) -> Result<Checkout<M>, Refusal> {
        block_on(self.shared.checkout(terms, &self.driver))
    }

    #[inline]
    fn checkin(&self, checkout: Checkout<M>, exit: &Exit<'_>) {
        self.shared.checkin(checkout, exit, &self.driver);
    }

    fn status(&self, _now: Tick) -> Status {
        self.shared.status().to_status(&self.shared.layer)
    }
}

impl<M: Manage> Detach for Pool<M> {
    fn detach(&self, checkout: Checkout<M>) -> M::Resource {
        let entry = *checkout.into_entry();
        self.shared.forget_loan(entry.id);
        let clock = self.driver.clock();
        self.shared.change(clock, |state, effects| {
            state.release(entry.id, CloseReason::Removed, clock.now(), effects);
        });
        entry.resource
    }
}

impl<M: Manage> PoolControl for Pool<M> {
    fn pool_status(&self) -> PoolStatus {
        self.status()
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        Pool::resize(self, max_size);
        Ok(())
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        Pool::reconfigure(self, options.clone())
    }

    fn driven_by(self, driver: &Driver) -> Self {
        self.with_driver(driver.clone())
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

impl<M: Manage> TransactBy for Pool<M> {
    type Sql = M;

    fn sql(&self) -> &M {
        &self.shared.manager
    }
}
