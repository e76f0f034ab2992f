use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::pool::{Drained, Manage, Pool as Spi, PoolControl, PoolOptions};
use seawall_core::{Driver, Dynamic, InvalidOption, Status, Tick};

use crate::build::Kind;

/// Evaluates `$act` for what `$value`, one of the enum `$of`, has of its backend; with `in $to`, puts the
/// result into the enum `$to`, as one of the same backend.
macro_rules! each {
    ($value:expr, $of:ident: $inner:ident => in $to:ident $act:expr) => {
        match $value {
            #[cfg(feature = "pool")]
            $of::Native($inner) => $to::Native($act),
            #[cfg(feature = "pool-deadpool")]
            $of::Deadpool($inner) => $to::Deadpool($act),
            #[cfg(feature = "pool-r2d2")]
            $of::R2d2($inner) => $to::R2d2($act),
            #[cfg(feature = "pool-bb8")]
            $of::Bb8($inner) => $to::Bb8($act),
        }
    };
    ($value:expr, $of:ident: $inner:ident => $act:expr) => {
        match $value {
            #[cfg(feature = "pool")]
            $of::Native($inner) => $act,
            #[cfg(feature = "pool-deadpool")]
            $of::Deadpool($inner) => $act,
            #[cfg(feature = "pool-r2d2")]
            $of::R2d2($inner) => $act,
            #[cfg(feature = "pool-bb8")]
            $of::Bb8($inner) => $act,
        }
    };
}

mod checkout;
mod handle;
mod join;

pub use self::checkout::Checkout;
pub use self::handle::Pool;
pub(crate) use self::join::join;

/// A pool, whatever its manager.
pub(crate) trait AnyPool: Send + Sync {
    fn handle(&self) -> &dyn Any;
    /// The type of the manager.
    fn manager(&self) -> &'static str;
    fn status(&self, now: Tick) -> Status;
    /// Changes the options to others that [`PlannedPool`](crate::plan::PlannedPool) says can be
    /// changed while the pool runs.
    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption>;
    fn close(&self);
    fn drain(&self, patience: Duration) -> Work<'_, Drained>;
    /// The background work, whose connects go through `guard`.
    fn maintain(&self, guard: Dynamic) -> Work<'static, ()>;
}

/// A boxed future.
pub(crate) type Work<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl<M: Manage> AnyPool for Pool<M> {
    fn handle(&self) -> &dyn Any {
        self
    }

    fn manager(&self) -> &'static str {
        std::any::type_name::<M>()
    }

    fn status(&self, now: Tick) -> Status {
        Spi::status(self, now)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        PoolControl::reconfigure(self, options)
    }

    fn close(&self) {
        PoolControl::close(self);
    }

    fn drain(&self, patience: Duration) -> Work<'_, Drained> {
        Box::pin(PoolControl::drain(self, patience))
    }

    fn maintain(&self, guard: Dynamic) -> Work<'static, ()> {
        self.maintain_under(guard)
    }
}

/// A pool that was made elsewhere.
pub(crate) struct Adopted<P>(pub(crate) P);

impl<P: PoolControl + 'static> AnyPool for Adopted<P> {
    fn handle(&self) -> &dyn Any {
        &self.0
    }

    fn manager(&self) -> &'static str {
        std::any::type_name::<P>()
    }

    fn status(&self, now: Tick) -> Status {
        self.0.status(now)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        self.0.reconfigure(options)
    }

    fn close(&self) {
        self.0.close();
    }

    fn drain(&self, patience: Duration) -> Work<'_, Drained> {
        Box::pin(self.0.drain(patience))
    }

    fn maintain(&self, _: Dynamic) -> Work<'static, ()> {
        Box::pin(self.0.maintain())
    }
}

type Start = Box<dyn FnOnce(String, Kind, PoolOptions, Driver) -> Arc<dyn AnyPool> + Send>;

/// A pool that code has given the manager of, and whose options come from configuration.
pub(crate) struct GivenPool {
    pub(crate) name: String,
    start: Start,
}

impl GivenPool {
    pub(crate) fn new(name: String, manager: impl Manage) -> Self {
        let start = |name, kind, options: PoolOptions, driver: Driver| -> Arc<dyn AnyPool> {
            let pool = Pool::start(name, manager, kind, &options, &driver);
            Arc::new(pool.expect("BUG: the options of a pool were not checked"))
        };
        Self { name, start: Box::new(start) }
    }

    pub(crate) fn start(
        self,
        kind: Kind,
        options: PoolOptions,
        driver: Driver,
    ) -> Arc<dyn AnyPool> {
        (self.start)(self.name, kind, options, driver)
    }
}
