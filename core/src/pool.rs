//! Pools: protections that lend resources.
//!
//! A resource is described once, by [`Manage`] or, if its calls block a thread, by
//! [`ManageBlocking`]. Every pool backend accepts it, takes the same [`PoolOptions`] and returns
//! the same [`PoolStatus`]. Callers use [`Lend::transaction`], or [`Lend::checkout`] if the work
//! does not fit into one closure.

use std::future::Future;
use std::ops::DerefMut;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::{Exit, Layer, Refusal, Status, Tick};

mod backoff;
mod blocking;
mod closed;
mod control;
mod drained;
mod guard;
mod histogram;
mod hooks;
mod jitter;
mod last_error;
mod lend;
mod lending;
pub mod library;
mod manage;
mod manage_blocking;
mod methods;
mod options;
mod protected;
mod stage;
mod status;
mod terms;
mod transact;
mod wakeup;

pub use self::backoff::Backoff;
pub use self::blocking::{Blocking, Threaded};
pub use self::closed::{CloseReason, Closed};
pub use self::control::PoolControl;
pub use self::drained::Drained;
pub use self::guard::{Guard, Lent, OwnedLent};
pub use self::histogram::DurationHistogram;
pub use self::hooks::Hooks;
#[doc(hidden)]
pub use self::jitter::Jitter;
#[doc(hidden)]
pub use self::last_error::LastError;
pub use self::lend::Lend;
pub use self::manage::Manage;
pub use self::manage_blocking::{Interrupt, ManageBlocking};
pub use self::options::{Order, PoolOptions};
pub use self::stage::{Stage, TooSlow};
pub use self::status::{PoolState, PoolStatus, Waits};
pub use self::terms::Terms;
pub use self::transact::{
    Isolation, Transact, TransactBlocking, TransactBy, TransactionError, TransactionOptions,
};
#[doc(hidden)]
pub use self::wakeup::{Listener, Wakeup};

/// The SPI that pool backends implement.
///
/// As with [`Backend`](crate::Backend), the driver pairs every checkout with exactly one
/// [`checkin`](Pool::checkin) or [`Detach::detach`], limits its time and emits the events.
pub trait Pool: Send + Sync {
    /// The type that is lent.
    type Resource;
    /// The resource with whatever the backend needs to take it back.
    type Item: DerefMut<Target = Self::Resource> + Send;

    /// Returns the layer of the pool: its kind and name.
    fn layer(&self) -> &Layer;

    /// Returns the maximum time of a checkout without a deadline, for waiting, connecting and
    /// checking together.
    fn checkout_timeout(&self) -> Duration;

    /// Lends an item on these `terms`, or refuses. Dropping the future must lose nothing.
    fn checkout(
        &self,
        terms: Terms<'_>,
    ) -> impl Future<Output = Result<Self::Item, Refusal>> + Send;

    /// Lends an item on these `terms`, or refuses; blocks the current thread meanwhile.
    ///
    /// # Errors
    /// As [`checkout`](Self::checkout).
    fn checkout_blocking(&self, terms: Terms<'_>) -> Result<Self::Item, Refusal> {
        block_on(self.checkout(terms))
    }

    /// Takes `item` back. If [`exit.is_cut()`](Exit::is_cut), its state is unknown and it must not be
    /// lent again.
    fn checkin(&self, item: Self::Item, exit: &Exit<'_>);

    /// Takes the item in `place` back, as [`checkin`](Self::checkin), which it calls by default. A backend
    /// whose items need not move takes what it needs, and drops the rest where it is.
    fn checkin_from(&self, place: &mut Option<Self::Item>, exit: &Exit<'_>) {
        if let Some(item) = place.take() {
            self.checkin(item, exit);
        }
    }

    /// Returns the status at `now`, without changing anything.
    fn status(&self, now: Tick) -> Status;
}

/// A pool that can give a resource away for good.
pub trait Detach: Pool {
    /// Takes the resource of `item` out of the pool. Its permit is released at once, so the pool may
    /// create another in its place.
    fn detach(&self, item: Self::Item) -> Self::Resource;
}

/// Drops `value` and swallows a panic, which the panic hook has reported: closing one resource must not end
/// the work for all, stop a library halfway, nor abort a thread that unwinds.
#[doc(hidden)]
pub fn drop_quietly<T>(value: T) {
    let _panic = catch_unwind(AssertUnwindSafe(|| drop(value)));
}

/// Runs `future` to its end on this thread, which is parked while the future waits.
#[doc(hidden)]
pub fn block_on<F: Future>(future: F) -> F::Output {
    crate::driver::blocking::block_on(None, future)
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the pool does")]
impl<P: Pool + ?Sized> Pool for Arc<P> {
    type Resource = P::Resource;
    type Item = P::Item;

    fn layer(&self) -> &Layer {
        (**self).layer()
    }

    fn checkout_timeout(&self) -> Duration {
        (**self).checkout_timeout()
    }

    fn checkout(
        &self,
        terms: Terms<'_>,
    ) -> impl Future<Output = Result<Self::Item, Refusal>> + Send {
        (**self).checkout(terms)
    }

    fn checkout_blocking(&self, terms: Terms<'_>) -> Result<Self::Item, Refusal> {
        (**self).checkout_blocking(terms)
    }

    fn checkin(&self, item: Self::Item, exit: &Exit<'_>) {
        (**self).checkin(item, exit);
    }

    fn checkin_from(&self, place: &mut Option<Self::Item>, exit: &Exit<'_>) {
        (**self).checkin_from(place, exit);
    }

    fn status(&self, now: Tick) -> Status {
        (**self).status(now)
    }
}

impl<P: Detach + ?Sized> Detach for Arc<P> {
    fn detach(&self, item: Self::Item) -> Self::Resource {
        (**self).detach(item)
    }
}
