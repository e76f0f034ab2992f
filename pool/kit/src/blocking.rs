use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use seawall_core::pool::{Manage, ManageBlocking, Stage};

use self::call::Call;
use self::threaded::Moved;
use self::threads::Threads;

mod call;
mod crew;
mod threaded;
mod threads;

pub use self::threaded::Threaded;

/// A [`ManageBlocking`] as a [`Manage`]: each call that may block runs on a thread that may.
///
/// A thread cannot be cut. When a deadline passes or a caller goes away, the call runs to its end all
/// the same, and what it was making, checking or resetting is closed then. Until that, it is open
/// beside what the pool knows of. A manager that knows how to end such a call early is asked to:
/// [`ManageBlocking::interrupt`].
///
/// ```
/// use seawall_core::pool::{Manage, ManageBlocking};
/// use seawall_pool_kit::Blocking;
/// use std::io;
///
/// struct Greetings;
///
/// impl ManageBlocking for Greetings {
///     type Resource = String;
///     type Error = io::Error;
///
///     fn create(&self) -> io::Result<String> {
///         Ok("hello".to_owned()) // connect here, and block
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> io::Result<()> {
/// let greeting = Blocking::new(Greetings).create().await?;
/// assert_eq!(greeting.len(), 5);
/// # Ok(())
/// # }
/// ```
pub struct Blocking<M: ManageBlocking>(Arc<Workshop<M>>);

/// A manager and the threads that it may block.
struct Workshop<M> {
    manager: M,
    threads: Threads,
}

const MOST_THREADS: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

impl<M: ManageBlocking> Blocking<M> {
    /// What `manager` says, on up to 64 threads of its own. They are started as they are needed, and
    /// end when they have had nothing to do for ten seconds. Needs no runtime.
    pub fn new(manager: M) -> Self {
        Self::with_threads(manager, MOST_THREADS)
    }

    /// The same on up to `most` threads. More calls at once than that wait for each other.
    pub fn with_threads(manager: M, most: NonZeroUsize) -> Self {
        Self::on(manager, Threads::own(most))
    }

    /// The same on the threads that the current Tokio runtime has for blocking work. A call that is
    /// made when that has shut down never ends, so the pool's deadlines cut it.
    ///
    /// # Panics
    /// If called outside a Tokio runtime.
    #[cfg(feature = "tokio")]
    #[must_use]
    #[track_caller]
    pub fn on_tokio(manager: M) -> Self {
        Self::on(manager, Threads::tokio())
    }

    fn on(manager: M, threads: Threads) -> Self {
        Self(Arc::new(Workshop { manager, threads }))
    }

    /// The manager.
    #[must_use]
    pub fn get_ref(&self) -> &M {
        &self.0.manager
    }

    /// Runs `work` on a thread.
    fn run<T: Send + 'static>(&self, work: impl FnOnce(&M) -> T + Send + 'static) -> Call<T> {
        let workshop = Arc::clone(&self.0);
        Call::start(&self.0.threads, move || work(&workshop.manager))
    }

    /// Does to `resource` what blocks in `stage`.
    async fn renew(
        &self,
        stage: Stage,
        resource: &mut Threaded<M>,
        work: fn(&M, &mut M::Resource) -> Result<(), M::Error>,
    ) -> Result<(), M::Error> {
        if !self.0.manager.blocks(stage) {
            return work(&self.0.manager, resource);
        }
        let interrupt = self.0.manager.interrupt(resource);
        let mut taken = resource.take();
        let renewal = self.run(move |manager| {
            let renewed = work(manager, &mut taken);
            (taken, renewed)
        });
        let (taken, renewed) = renewal.interrupted_by(interrupt).await;
        *resource = taken;
        renewed
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the manager does")]
impl<M: ManageBlocking> Manage for Blocking<M> {
    type Resource = Threaded<M>;
    type Error = M::Error;

    async fn create(&self) -> Result<Threaded<M>, M::Error> {
        let workshop = Arc::clone(&self.0);
        let create = move |manager: &M| Ok(Threaded::new(manager.create()?, workshop));
        if self.0.manager.blocks(Stage::Connecting) {
            self.run(create).await
        } else {
            create(&self.0.manager)
        }
    }

    async fn check(&self, resource: &mut Threaded<M>) -> Result<(), M::Error> {
        self.renew(Stage::Checking, resource, M::check).await
    }

    async fn reset(&self, resource: &mut Threaded<M>) -> Result<(), M::Error> {
        if self.0.manager.is_clean(resource) {
            return Ok(());
        }
        self.renew(Stage::Resetting, resource, M::reset).await
    }

    fn is_broken(&self, resource: &Threaded<M>) -> bool {
        resource.is_away() || self.0.manager.is_broken(resource)
    }

    async fn close(&self, mut resource: Threaded<M>) {
        if resource.is_away() {
            return;
        }
        let moved = Moved::out_of(&mut resource);
        self.run(move |_| drop(moved)).await;
    }
}

impl<M: ManageBlocking> Clone for Blocking<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: ManageBlocking> fmt::Debug for Blocking<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blocking")
    }
}
