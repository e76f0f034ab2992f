//! Pools of other libraries, used as their users do.
//!
//! A backend over a library implements [`Library`]: how the library's own pool lends and takes back.
//! [`LibraryPool`] adds what can be added from outside: the deadline on the driver's clock, the bound
//! on waiters, original errors, closing, draining and the status. Where the backend connects through
//! a [`Manage`](super::Manage), [`Managed`] does the work of the library's own manager trait.

use std::future::Future;
use std::num::NonZeroU32;
use std::ops::DerefMut;
use std::sync::Arc;
use std::time::Duration;

use super::{PoolStatus, Stage, Terms};
use crate::{Clock, Exit, Tick};

mod background;
mod checkout;
mod kept;
mod lacks;
mod loan;
mod managed;
mod pool;
mod shared;
mod stage;
mod stats;
mod wait;

pub use self::kept::Kept;
pub use self::lacks::Lacks;
pub use self::loan::{Inside, Itself, Loan, View};
pub use self::managed::Managed;
pub use self::pool::LibraryPool;
pub use self::stage::{InStage, in_stage};
pub use self::stats::LibraryStats;

/// The error of a connect or a check, whatever its type.
pub type SharedError = Arc<dyn std::error::Error + Send + Sync>;

/// The pool of a library, as [`LibraryPool`] uses it.
pub trait Library: Send + Sync + 'static {
    /// The type that is lent.
    type Resource: 'static;
    /// The resource with what the library needs to take it back.
    type Item: LibraryItem<Target = Self::Resource>;

    /// What begins and ends SQL transactions, if it implements [`Transact`](super::Transact).
    type Sql: Send + Sync;

    /// True if the library has a way of its own for threads: [`get_blocking`](Self::get_blocking).
    const BLOCKS: bool = false;

    /// Returns what begins and ends SQL transactions.
    fn sql(&self) -> &Self::Sql;

    /// Lends an item, however long that takes: the caller cuts it. Dropping the future must lose
    /// nothing.
    fn get(&self, terms: Terms<'_>) -> impl Future<Output = Result<Self::Item, NotLent>> + Send;

    /// Lends an idle item to a thread, which may block while it is checked; `None` if none is idle. Called
    /// if [`BLOCKS`](Self::BLOCKS).
    fn get_idle(&self) -> Option<Self::Item> {
        None
    }

    /// Lends an item to a thread, which may block until the deadline. Called if [`BLOCKS`](Self::BLOCKS)
    /// and none was idle.
    ///
    /// # Errors
    /// If it lends nothing in time.
    fn get_blocking(&self, terms: Terms<'_>) -> Result<Self::Item, NotLent> {
        super::block_on(self.get(terms))
    }

    /// Takes the item in `place` back, which is dropped where it is.
    fn put(&self, place: &mut Option<Self::Item>) {
        *place = None;
    }

    /// Closes `item` where the library can; otherwise takes it back.
    fn discard(&self, item: Self::Item);

    /// Writes what the library knows into `status`: at least `max`, `size` and `idle`.
    fn fill(&self, status: &mut PoolStatus);

    /// Returns what a checkout probably does that the library has not answered.
    fn stage(&self) -> Stage {
        let mut status = PoolStatus::new(0);
        self.fill(&mut status);
        // An idle one is on its way to the checkout.
        let is_on_its_way = status.size < status.max || status.idle > 0;
        if is_on_its_way { Stage::Connecting } else { Stage::Waiting }
    }

    /// Returns the [`Managed`] that connects and renews, if there is one.
    fn keeper(&self) -> Option<&dyn Keeper> {
        None
    }

    /// Begins what the library does in the background. Called when the background work begins.
    fn start(&self) {}

    /// Closes idle resources that are too old at `now`.
    fn close_old(&self, now: Tick) {
        let _ = now;
    }

    /// Changes the maximum size of the running pool. Returns false if the library cannot.
    fn resize(&self, max_size: NonZeroU32) -> bool {
        let _ = max_size;
        false
    }

    /// Closes the library's pool, as far as it can be closed.
    fn close(&self) {}

    /// Called when the last handle is dropped, for a pool that belongs to it.
    fn abandon(&self) {}

    /// Returns true if the library's pool was closed.
    fn is_closed(&self) -> bool {
        false
    }
}

/// A resource with what its library needs to take it back.
pub trait LibraryItem: DerefMut + Send + 'static {
    /// Notes the end of a use. Returns false if the resource is known to be broken.
    fn end_use(&mut self, exit: &Exit<'_>) -> bool {
        let _ = exit;
        true
    }

    /// Ends what a cut use left running on the server, and closes the resource where that takes time.
    fn cancel(&mut self) -> impl Future<Output = ()> + Send;
}

/// A [`Managed`] without its type.
pub trait Keeper: Send + Sync + 'static {
    /// Returns the numbers that it shares with its pool.
    fn stats(&self) -> &Arc<LibraryStats>;

    /// Measures times by `clock`, unless they are measured by another one already.
    fn settle(&self, clock: &Clock) {
        let _ = clock;
    }

    /// Returns how often [`Library::close_old`] is called by the background work, if at all.
    fn look_every(&self) -> Option<Duration> {
        None
    }
}

/// A library whose pool can give a resource away for good.
pub trait LibraryDetach: Library {
    /// Takes the resource out of the pool.
    fn detach(&self, item: Self::Item) -> Self::Resource;
}

/// The reason why a library lent nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NotLent {
    /// There is no free place, and the checkout may not wait for one.
    Full,
    /// The pool was closed.
    Closed,
    /// The library's own timeout passed, which is this long.
    TimedOut(Duration),
    /// Connecting failed.
    Failed(SharedError),
}

impl NotLent {
    /// Connecting failed with `error`, which becomes the source of the refusal unchanged.
    pub fn failed<E: std::error::Error + Send + Sync + 'static>(error: E) -> Self {
        let any: &dyn std::any::Any = &error;
        Self::Failed(match any.downcast_ref::<SharedError>() {
            Some(shared) => Arc::clone(shared),
            None => Arc::new(error),
        })
    }
}
