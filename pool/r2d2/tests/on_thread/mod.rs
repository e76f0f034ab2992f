use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::pool::{Drained, Pool, PoolControl, PoolOptions, PoolStatus, Terms};
use seawall_core::{Exit, InvalidOption, Layer, Refusal, Status, Tick};
use seawall_testkit::pool::{Connection, Dummy, Setup};

type Inner = seawall_pool_r2d2::Pool<Dummy>;

/// A pool of r2d2 that lends to the thread of the test, which waits while r2d2's threads connect.
pub(crate) struct OnThread(Inner);

impl OnThread {
    pub(crate) fn new(setup: &Setup) -> Self {
        let options = setup.options.clone().with_check_after(Duration::ZERO);
        let pool = seawall_pool_r2d2::start(setup.name, setup.manager.clone(), &options)
            .expect("r2d2 has these options")
            .with_driver(setup.driver.clone());
        Self(pool)
    }
}

impl Pool for OnThread {
    type Resource = Connection;
    type Item = <Inner as Pool>::Item;

    fn layer(&self) -> &Layer {
        self.0.layer()
    }

    fn checkout_timeout(&self) -> Duration {
        self.0.checkout_timeout()
    }

    async fn checkout(&self, terms: Terms<'_>) -> Result<Self::Item, Refusal> {
        self.checkout_blocking(terms)
    }

    fn checkout_blocking(&self, terms: Terms<'_>) -> Result<Self::Item, Refusal> {
        // A thread of r2d2's connects, which takes real time.
        let at = terms.deadline().at().max(terms.clock().now() + Duration::from_secs(10));
        self.0.checkout_blocking(terms.ending(at))
    }

    fn checkin(&self, item: Self::Item, exit: &Exit<'_>) {
        self.0.checkin(item, exit);
    }

    fn status(&self, now: Tick) -> Status {
        Pool::status(&self.0, now)
    }
}

impl PoolControl for OnThread {
    fn pool_status(&self) -> PoolStatus {
        self.0.pool_status()
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        self.0.resize(max_size)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        self.0.reconfigure(options)
    }

    fn close(&self) {
        self.0.close();
    }

    async fn drain(&self, patience: Duration) -> Drained {
        self.0.drain(patience).await
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        self.0.maintain()
    }
}
