use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::pool::{
    Drained, Manage, Pool as Spi, PoolControl, PoolOptions, PoolStatus, Terms, Transact,
    TransactionOptions,
};
use seawall_core::{Driver, Dynamic, Exit, InvalidOption, Layer, Refusal, Status, Tick};

use super::checkout::{Checkout, Of};
use crate::build::Kind;

/// A pool of the connections that `M` makes, with the backend that its settings name. Clones are cheap
/// and share the pool. [`Infrastructure::pool`](crate::Infrastructure::pool) returns it.
pub struct Pool<M: Manage> {
    backend: Backend<M>,
    driver: Driver,
}

enum Backend<M: Manage> {
    #[cfg(feature = "pool")]
    Native(seawall_pool::Pool<M>),
    #[cfg(feature = "pool-deadpool")]
    Deadpool(seawall_pool_deadpool::Pool<M>),
    #[cfg(feature = "pool-r2d2")]
    R2d2(seawall_pool_r2d2::Pool<M>),
    #[cfg(feature = "pool-bb8")]
    Bb8(seawall_pool_bb8::Pool<M>),
}

/// Methods that borrow from the pool and control it.
impl<M: Manage> Pool<M> {
    seawall_core::__pool_methods!();
}

impl<M: Manage> Pool<M> {
    /// Creates the pool `name` of a backend; the settings have checked the options.
    pub(super) fn start(
        name: String,
        manager: M,
        kind: Kind,
        options: &PoolOptions,
        driver: &Driver,
    ) -> Result<Self, InvalidOption> {
        let backend = match kind {
            #[cfg(feature = "pool")]
            Kind::Native => {
                Backend::Native(seawall_pool::Pool::new(name, manager, options.clone())?)
            }
            #[cfg(feature = "pool-deadpool")]
            Kind::Deadpool => {
                Backend::Deadpool(seawall_pool_deadpool::start(name, manager, options)?)
            }
            #[cfg(feature = "pool-r2d2")]
            Kind::R2d2 => Backend::R2d2(seawall_pool_r2d2::start(name, manager, options)?),
            #[cfg(feature = "pool-bb8")]
            Kind::Bb8 => Backend::Bb8(seawall_pool_bb8::start(name, manager, options)?),
        };
        Ok(Self { backend, driver: Driver::new() }.driven_by(driver))
    }

    /// Returns the background work; connects that it begins go through `guard`, where the backend
    /// connects by itself.
    pub(super) fn maintain_under(
        &self,
        guard: Dynamic,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        match &self.backend {
            #[cfg(feature = "pool")]
            Backend::Native(pool) => Box::pin(pool.maintain_under(guard)),
            #[cfg(any(feature = "pool-deadpool", feature = "pool-r2d2", feature = "pool-bb8"))]
            other => {
                drop(guard);
                each!(other, Backend: pool => Box::pin(pool.maintain()))
            }
        }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the pool does")]
impl<M: Manage> Spi for Pool<M> {
    type Resource = M::Resource;
    type Item = Checkout<M>;

    fn layer(&self) -> &Layer {
        each!(&self.backend, Backend: pool => Spi::layer(pool))
    }

    fn checkout_timeout(&self) -> Duration {
        each!(&self.backend, Backend: pool => pool.checkout_timeout())
    }

    async fn checkout(&self, terms: Terms<'_>) -> Result<Checkout<M>, Refusal> {
        let pool = &self.backend;
        Ok(Checkout(each!(pool, Backend: pool => in Of Spi::checkout(pool, terms).await?)))
    }

    fn checkout_blocking(&self, terms: Terms<'_>) -> Result<Checkout<M>, Refusal> {
        let pool = &self.backend;
        Ok(Checkout(each!(pool, Backend: pool => in Of pool.checkout_blocking(terms)?)))
    }

    fn checkin(&self, checkout: Checkout<M>, exit: &Exit<'_>) {
        match (&self.backend, checkout.0) {
            #[cfg(feature = "pool")]
            (Backend::Native(pool), Of::Native(checkout)) => pool.checkin(checkout, exit),
            #[cfg(feature = "pool-deadpool")]
            (Backend::Deadpool(pool), Of::Deadpool(checkout)) => pool.checkin(checkout, exit),
            #[cfg(feature = "pool-r2d2")]
            (Backend::R2d2(pool), Of::R2d2(checkout)) => pool.checkin(checkout, exit),
            #[cfg(feature = "pool-bb8")]
            (Backend::Bb8(pool), Of::Bb8(checkout)) => pool.checkin(checkout, exit),
            // It is of another pool, to which it goes back by itself.
            #[allow(unreachable_patterns, reason = "there may be one backend")]
            (_, other) => drop(other),
        }
    }

    fn checkin_from(&self, place: &mut Option<Checkout<M>>, exit: &Exit<'_>) {
        place.take().into_iter().for_each(|checkout| self.checkin(checkout, exit));
    }

    fn status(&self, now: Tick) -> Status {
        each!(&self.backend, Backend: pool => Spi::status(pool, now))
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the pool does")]
impl<M: Manage> PoolControl for Pool<M> {
    fn pool_status(&self) -> PoolStatus {
        each!(&self.backend, Backend: pool => pool.pool_status())
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        each!(&self.backend, Backend: pool => PoolControl::resize(pool, max_size))
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        each!(&self.backend, Backend: pool => PoolControl::reconfigure(pool, options))
    }

    fn driven_by(mut self, driver: &Driver) -> Self {
        self.driver = driver.clone();
        self.backend = each!(self.backend, Backend: pool => in Backend pool.driven_by(driver));
        self
    }

    fn close(&self) {
        each!(&self.backend, Backend: pool => PoolControl::close(pool));
    }

    async fn drain(&self, patience: Duration) -> Drained {
        each!(&self.backend, Backend: pool => PoolControl::drain(pool, patience).await)
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        let work: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> =
            each!(&self.backend, Backend: pool => Box::pin(PoolControl::maintain(pool)));
        work
    }
}

impl<M: Manage + Transact<M::Resource>> Transact<M::Resource> for Pool<M> {
    type Error = <M as Transact<M::Resource>>::Error;

    async fn begin(
        &self,
        resource: &mut M::Resource,
        options: &TransactionOptions,
    ) -> Result<(), Self::Error> {
        each!(&self.backend, Backend: pool => pool.begin(resource, options).await)
    }

    async fn commit(&self, resource: &mut M::Resource) -> Result<(), Self::Error> {
        each!(&self.backend, Backend: pool => pool.commit(resource).await)
    }

    async fn rollback(&self, resource: &mut M::Resource) -> Result<(), Self::Error> {
        each!(&self.backend, Backend: pool => pool.rollback(resource).await)
    }
}

impl<M: Manage> Clone for Pool<M> {
    fn clone(&self) -> Self {
        let backend = each!(&self.backend, Backend: pool => in Backend pool.clone());
        Self { backend, driver: self.driver.clone() }
    }
}

impl<M: Manage> std::fmt::Debug for Pool<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        each!(&self.backend, Backend: pool => pool.fmt(f))
    }
}
