use std::any::Any;
use std::future::Future;
use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use seawall_core::pool::{Drained, Pool, PoolControl, PoolOptions, PoolStatus, Terms};
use seawall_core::{BoxFuture, Exit, InvalidOption, Layer, Refusal, Status, Tick};

use super::Connection;

/// A pool of any type, for the laws.
pub struct Started(Box<dyn AnyPool>);

/// An item of any type, lent by a [`Started`].
pub struct Loan(Box<dyn AnyItem>);

impl Started {
    pub(super) fn new<P: PoolControl<Resource = Connection> + 'static>(pool: P) -> Self {
        Self(Box::new(pool))
    }
}

/// [`PoolControl`] without its types.
trait AnyPool: Send + Sync {
    fn layer(&self) -> &Layer;
    fn checkout_timeout(&self) -> Duration;
    fn checkout<'a>(&'a self, terms: Terms<'a>) -> BoxFuture<'a, Result<Loan, Refusal>>;
    fn checkin(&self, loan: Loan, exit: &Exit<'_>);
    fn status(&self, now: Tick) -> Status;
    fn pool_status(&self) -> PoolStatus;
    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption>;
    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption>;
    fn close(&self);
    fn drain(&self, patience: Duration) -> BoxFuture<'_, Drained>;
    fn maintain(&self) -> BoxFuture<'static, ()>;
}

impl<P: PoolControl<Resource = Connection> + 'static> AnyPool for P {
    fn layer(&self) -> &Layer {
        Pool::layer(self)
    }

    fn checkout_timeout(&self) -> Duration {
        Pool::checkout_timeout(self)
    }

    fn checkout<'a>(&'a self, terms: Terms<'a>) -> BoxFuture<'a, Result<Loan, Refusal>> {
        Box::pin(async move { Ok(Loan(Box::new(Pool::checkout(self, terms).await?))) })
    }

    fn checkin(&self, loan: Loan, exit: &Exit<'_>) {
        let item: Box<dyn Any> = loan.0;
        match item.downcast::<P::Item>() {
            Ok(item) => Pool::checkin(self, *item, exit),
            Err(_) => unreachable!("what a pool has lent comes back to it"),
        }
    }

    fn status(&self, now: Tick) -> Status {
        Pool::status(self, now)
    }

    fn pool_status(&self) -> PoolStatus {
        PoolControl::pool_status(self)
    }

    fn resize(&self, max_size: NonZeroU32) -> Result<(), InvalidOption> {
        PoolControl::resize(self, max_size)
    }

    fn reconfigure(&self, options: &PoolOptions) -> Result<(), InvalidOption> {
        PoolControl::reconfigure(self, options)
    }

    fn close(&self) {
        PoolControl::close(self);
    }

    fn drain(&self, patience: Duration) -> BoxFuture<'_, Drained> {
        Box::pin(PoolControl::drain(self, patience))
    }

    fn maintain(&self) -> BoxFuture<'static, ()> {
        Box::pin(PoolControl::maintain(self))
    }
}

impl Pool for Started {
    type Resource = Connection;
    type Item = Loan;

    fn layer(&self) -> &Layer {
        self.0.layer()
    }

    fn checkout_timeout(&self) -> Duration {
        self.0.checkout_timeout()
    }

    async fn checkout(&self, terms: Terms<'_>) -> Result<Loan, Refusal> {
        self.0.checkout(terms).await
    }

    fn checkin(&self, item: Loan, exit: &Exit<'_>) {
        self.0.checkin(item, exit);
    }

    fn status(&self, now: Tick) -> Status {
        self.0.status(now)
    }
}

impl PoolControl for Started {
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

    fn drain(&self, patience: Duration) -> impl Future<Output = Drained> + Send {
        self.0.drain(patience)
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        self.0.maintain()
    }
}

impl std::fmt::Debug for Started {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Started({})", self.0.layer())
    }
}

/// An item without its type.
trait AnyItem: Any + Send {
    fn get(&self) -> &Connection;
    fn get_mut(&mut self) -> &mut Connection;
}

impl<I: DerefMut<Target = Connection> + Send + 'static> AnyItem for I {
    fn get(&self) -> &Connection {
        self
    }

    fn get_mut(&mut self) -> &mut Connection {
        self
    }
}

impl Deref for Loan {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        (*self.0).get()
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut Connection {
        (*self.0).get_mut()
    }
}

impl std::fmt::Debug for Loan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Loan({:?})", (*self.0).get())
    }
}
