//! Pools: protections that lend resources.
//!
//! A resource is described once, by [`Manage`] or, if its calls block a thread, by
//! [`ManageBlocking`]. Every pool backend accepts it, takes the same [`PoolOptions`] and returns
//! the same [`PoolStatus`]. Callers use [`Lend::transaction`], or [`Lend::checkout`] if the work
//! does not fit into one closure.

use std::future::Future;
use std::ops::DerefMut;

use crate::{Exit, Layer, Refusal, Status, Tick};

mod backoff;
mod control;
mod drained;
mod guard;
mod lend;
mod manage;
mod manage_blocking;
mod options;
mod protected;
mod stage;
mod status;
mod terms;

pub use self::backoff::Backoff;
pub use self::control::PoolControl;
pub use self::drained::Drained;
pub use self::guard::Lent;
pub use self::lend::Lend;
pub use self::manage::Manage;
pub use self::manage_blocking::{Interrupt, ManageBlocking};
pub use self::options::{Order, PoolOptions};
pub use self::stage::{Stage, TooSlow};
pub use self::status::{Closed, PoolState, PoolStatus, Waits};
pub use self::terms::Terms;

/// The SPI that pool backends implement.
///
/// As with [`Backend`](crate::Backend), the driver pairs every checkout with exactly one
/// [`checkin`](Pool::checkin), limits its time and emits the events.
pub trait Pool: Send + Sync {
    /// The type that is lent.
    type Resource;
    /// The resource with whatever the backend needs to take it back.
    type Item: DerefMut<Target = Self::Resource> + Send;

    /// Returns the layer of the pool: its kind and name.
    fn layer(&self) -> &Layer;

    /// Returns the maximum time of a checkout without a deadline, for waiting, connecting and
    /// checking together.
    fn patience(&self) -> std::time::Duration;

    /// Lends an item on these `terms`, or refuses. Dropping the future must lose nothing.
    fn checkout(
        &self,
        terms: Terms<'_>,
    ) -> impl Future<Output = Result<Self::Item, Refusal>> + Send;

    /// Takes `item` back. Its use may have been cut: see [`Verdict`](crate::Verdict).
    fn checkin(&self, item: Self::Item, exit: &Exit<'_>);

    /// Returns the status at `now`, without changing anything.
    fn status(&self, now: Tick) -> Status;
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the pool does")]
impl<P: Pool + ?Sized> Pool for std::sync::Arc<P> {
    type Resource = P::Resource;
    type Item = P::Item;

    fn layer(&self) -> &Layer {
        (**self).layer()
    }

    fn patience(&self) -> std::time::Duration {
        (**self).patience()
    }

    fn checkout(
        &self,
        terms: Terms<'_>,
    ) -> impl Future<Output = Result<Self::Item, Refusal>> + Send {
        (**self).checkout(terms)
    }

    fn checkin(&self, item: Self::Item, exit: &Exit<'_>) {
        (**self).checkin(item, exit);
    }

    fn status(&self, now: Tick) -> Status {
        (**self).status(now)
    }
}
