use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::pool::{
    CloseReason, Detach, Drained, Manage, Pool as Spi, PoolControl, PoolOptions, PoolStatus, Terms,
    TransactBy,
};
use seawall_core::{Driver, Exit, InvalidOption, Layer, Refusal, Status, Tick};

use crate::connect_guard::ConnectGuard;
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
        self.shared.status()
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        self.shared.set_options(self.options().with_max_size(max_size), self.driver.clock());
        Ok(())
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        options.validate(&self.shared.layer)?;
        self.shared.set_options(options.clone(), self.driver.clock());
        Ok(())
    }

    fn driven_by(self, driver: &Driver) -> Self {
        self.with_driver(driver.clone())
    }

    fn close(&self) {
        self.shared.close(self.driver.clock());
    }

    async fn drain(&self, patience: Duration) -> Drained {
        self.shared.drain(self.driver.clock(), patience).await
    }

    /// A connect, reset or cancellation that no caller waits for is continued here. Without this work, callers do
    /// what they need themselves: they connect, and they continue what earlier callers began; `min_idle` is not
    /// kept, resources that are too old are closed only when they would be lent, and a connection that has to be
    /// reset or cancelled stays so until a caller needs it. It may run twice.
    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        let pool = Arc::downgrade(&self.shared);
        crate::maintain::maintain(pool, self.driver.clone(), ConnectGuard::NONE)
    }
}

impl<M: Manage> TransactBy for Pool<M> {
    type Sql = M;

    fn sql(&self) -> &M {
        &self.shared.manager
    }
}
