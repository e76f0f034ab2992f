use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::{Drained, Pool, PoolStatus};

/// What every pool can be asked and told, besides lending.
pub trait PoolControl: Pool {
    /// How it is now.
    fn pool_status(&self) -> PoolStatus;

    /// Changes how many resources it may have, overflow aside. Idle ones that are too many are
    /// closed now, lent ones as they come back; there are never more than the larger of both sizes.
    fn resize(&self, max_size: NonZeroU32);

    /// Closes it, for all its handles and for good. Checkouts under way and new ones are refused at
    /// once; idle resources are closed now, lent ones when they come back.
    fn close(&self);

    /// Closes it, waits until what is lent has come back, and closes all that well; `patience` at
    /// most. If the future is dropped, the pool is closed all the same.
    fn drain(&self, patience: Duration) -> impl Future<Output = Drained> + Send;

    /// The background work, for someone to run: connects while the pool is degraded, keeps
    /// `min_idle`, closes what is too old. It ends when the pool is closed or its last handle is
    /// dropped, needs no runtime, and loses nothing if it is dropped.
    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static;
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the pool does")]
impl<P: PoolControl + ?Sized> PoolControl for Arc<P> {
    fn pool_status(&self) -> PoolStatus {
        (**self).pool_status()
    }

    fn resize(&self, max_size: NonZeroU32) {
        (**self).resize(max_size);
    }

    fn close(&self) {
        (**self).close();
    }

    fn drain(&self, patience: Duration) -> impl Future<Output = Drained> + Send {
        (**self).drain(patience)
    }

    fn maintain(&self) -> impl Future<Output = ()> + Send + 'static {
        (**self).maintain()
    }
}
