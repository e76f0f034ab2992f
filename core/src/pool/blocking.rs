use std::num::NonZeroUsize;
use std::sync::Arc;

use super::{Manage, ManageBlocking, Stage, Transact, TransactBlocking, TransactionOptions};

use self::call::Call;
use self::thread_pool::ThreadPool;

mod call;
mod thread_pool;
mod threaded;

pub use self::threaded::Threaded;

/// Adapts a [`ManageBlocking`] to [`Manage`]: each call that may block runs on a thread that may
/// block.
///
/// A thread cannot be cancelled. If a deadline passes or the caller goes away, the call still runs
/// to its end, and the resource that it created, checked or reset is then closed. Until then it is
/// open in addition to those that the pool counts. A manager that can end such a call early is
/// asked to do so with [`ManageBlocking::interrupt`].
///
/// ```
/// use seawall_core::pool::{Blocking, Manage, ManageBlocking};
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
pub struct Blocking<M: ManageBlocking>(Arc<Workers<M>>);

/// A manager and the threads that it may block.
struct Workers<M> {
    manager: M,
    threads: Arc<ThreadPool>,
}

const MAX_THREADS: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

impl<M: ManageBlocking> Blocking<M> {
    /// Runs the calls of `manager` on up to 64 threads of its own. They start on demand and end
    /// after ten idle seconds. Needs no runtime.
    pub fn new(manager: M) -> Self {
        Self::with_threads(manager, MAX_THREADS)
    }

    /// Runs the calls of `manager` on up to `most` threads of its own. Further concurrent calls
    /// wait.
    pub fn with_threads(manager: M, most: NonZeroUsize) -> Self {
        Self(Arc::new(Workers { manager, threads: ThreadPool::new(most) }))
    }

    /// Returns the manager.
    #[must_use]
    pub fn get_ref(&self) -> &M {
        &self.0.manager
    }

    /// Runs `work` on a thread.
    fn run<T: Send + 'static>(&self, work: impl FnOnce(&M) -> T + Send + 'static) -> Call<T> {
        let workers = Arc::clone(&self.0);
        Call::start(&self.0.threads, None, move || work(&workers.manager))
    }

    /// Does the `work` of `stage` on `resource`, on a thread if it blocks.
    async fn renew(
        &self,
        stage: Stage,
        resource: &mut Threaded<M>,
        work: fn(&M, &mut M::Resource) -> Result<(), M::Error>,
    ) -> Result<(), M::Error> {
        if !self.0.manager.blocks(stage) {
            return work(&self.0.manager, resource);
        }
        resource.run_with(work).await
    }
}

/// Begins and ends transactions on the threads that the manager may block.
impl<M> Transact<Threaded<M>> for Blocking<M>
where
    M: ManageBlocking + TransactBlocking<M::Resource>,
{
    type Error = <M as TransactBlocking<M::Resource>>::Error;

    async fn begin(
        &self,
        resource: &mut Threaded<M>,
        options: &TransactionOptions,
    ) -> Result<(), Self::Error> {
        let options = *options;
        resource.run_with(move |manager, resource| manager.begin(resource, &options)).await
    }

    async fn commit(&self, resource: &mut Threaded<M>) -> Result<(), Self::Error> {
        resource.run_with(M::commit).await
    }

    async fn rollback(&self, resource: &mut Threaded<M>) -> Result<(), Self::Error> {
        resource.run_with(M::rollback).await
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the manager does")]
impl<M: ManageBlocking> Manage for Blocking<M> {
    type Resource = Threaded<M>;
    type Error = M::Error;

    async fn create(&self) -> Result<Threaded<M>, M::Error> {
        let workers = Arc::clone(&self.0);
        let create = move |manager: &M| Ok(Threaded::new(manager.create()?, workers));
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

    async fn prepare(&self, _: &mut Threaded<M>) -> Result<(), M::Error> {
        Ok(())
    }

    fn is_broken(&self, resource: &Threaded<M>) -> bool {
        resource.is_away() || self.0.manager.is_broken(resource)
    }

    /// Drops the resource, which closes it on one of the threads.
    async fn cancel(&self, resource: Threaded<M>) {
        drop(resource);
    }

    async fn close(&self, mut resource: Threaded<M>) {
        if let Some(taken) = resource.take() {
            self.run(move |manager| manager.close(taken)).await;
        }
    }
}

impl<M: ManageBlocking> Clone for Blocking<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> Drop for Workers<M> {
    /// Ends the threads when all work is done.
    fn drop(&mut self) {
        self.threads.close();
    }
}

crate::__debug! { impl[M: ManageBlocking] Blocking<M> }
