use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

/// Creates, checks and resets the resources of a pool.
///
/// ```
/// use seawall_core::pool::Manage;
/// use std::io;
///
/// struct Greetings;
///
/// impl Manage for Greetings {
///     type Resource = String;
///     type Error = io::Error;
///
///     async fn create(&self) -> io::Result<String> {
///         Ok("hello".to_owned())
///     }
///
///     async fn reset(&self, greeting: &mut String) -> io::Result<()> {
///         greeting.truncate(5);
///         Ok(())
///     }
/// }
/// ```
///
/// The methods return `Send` futures; an `async fn` whose body is `Send` implements them. They are
/// not boxed, so lending an idle resource does not allocate.
///
/// A pool polls these futures from whichever task or thread works for it: a caller that waits, another
/// caller, or the background work. A manager that needs a runtime has to keep a handle to it. Any of
/// them may be dropped before it ends, when its time is over. The resource is then given to
/// [`cancel`](Manage::cancel) and never lent again; after a panic it is dropped.
///
/// For calls that block their thread, see [`ManageBlocking`](super::ManageBlocking).
pub trait Manage: Send + Sync + 'static {
    /// The type that is pooled.
    type Resource: Send + 'static;
    /// The reason why a resource could not be created or is no longer usable.
    type Error: StdError + Send + Sync + 'static;

    /// Creates a resource.
    fn create(&self) -> impl Future<Output = Result<Self::Resource, Self::Error>> + Send;

    /// Checks that a resource is still good, before it is lent again, unless it was used within
    /// [`check_after`](super::PoolOptions::check_after). After an error it is closed, and another is
    /// lent.
    fn check(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = resource;
        async { Ok(()) }
    }

    /// Removes what the last borrower left, such as locks and open transactions. Called when a resource
    /// comes back, before it is idle and before its permit is free. A reset that has to wait goes on
    /// in the background, within [`check_timeout`](super::PoolOptions::check_timeout); a future that is
    /// ready at once costs nothing. After an error the resource is closed.
    fn reset(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = resource;
        async { Ok(()) }
    }

    /// Prepares a resource for its borrower: called before each loan, also of a new resource and of one
    /// that was not checked. After an error it is closed, and another is lent. By default nothing is
    /// done.
    fn prepare(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = resource;
        async { Ok(()) }
    }

    /// Returns true if the resource is known to be broken, without any I/O. Called when it is
    /// returned; a broken resource is closed.
    fn is_broken(&self, resource: &Self::Resource) -> bool {
        let _ = resource;
        false
    }

    /// Closes a good resource gracefully: ends the session with the server, flushes. By default it
    /// is dropped.
    ///
    /// Called where there is time for it: when the background work closes an old resource, and when
    /// a pool is drained, limited by [`PoolOptions::close_timeout`](super::PoolOptions). Resources that
    /// are surplus when returned are dropped without it; those that are broken or cut go to
    /// [`cancel`](Manage::cancel).
    fn close(&self, resource: Self::Resource) -> impl Future<Output = ()> + Send {
        async { drop(resource) }
    }

    /// Ends what a resource may still be doing on the server, and drops it. Called for each resource
    /// that does not come back as good: its use was cut, dropped or panicked, the borrower discarded it,
    /// it is broken, or its check or reset failed or was cut. The permit is free only after this, which
    /// is limited by [`PoolOptions::close_timeout`](super::PoolOptions); a future that is ready at once
    /// costs nothing. By default the resource is dropped.
    fn cancel(&self, resource: Self::Resource) -> impl Future<Output = ()> + Send {
        async { drop(resource) }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the manager does")]
impl<M: Manage> Manage for Arc<M> {
    type Resource = M::Resource;
    type Error = M::Error;

    fn create(&self) -> impl Future<Output = Result<Self::Resource, Self::Error>> + Send {
        (**self).create()
    }

    fn check(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        (**self).check(resource)
    }

    fn reset(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        (**self).reset(resource)
    }

    fn prepare(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        (**self).prepare(resource)
    }

    fn is_broken(&self, resource: &Self::Resource) -> bool {
        (**self).is_broken(resource)
    }

    fn close(&self, resource: Self::Resource) -> impl Future<Output = ()> + Send {
        (**self).close(resource)
    }

    fn cancel(&self, resource: Self::Resource) -> impl Future<Output = ()> + Send {
        (**self).cancel(resource)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

    use seawall_testkit::ManualClock;

    use super::*;

    /// Refuses everything except creating, and remembers which resource it closed.
    #[derive(Default)]
    struct Strict(AtomicU8);

    impl Manage for Strict {
        type Resource = u8;
        type Error = io::Error;

        async fn create(&self) -> io::Result<u8> {
            Ok(7)
        }

        async fn check(&self, _: &mut u8) -> io::Result<()> {
            Err(io::Error::other("check"))
        }

        async fn reset(&self, _: &mut u8) -> io::Result<()> {
            Err(io::Error::other("reset"))
        }

        async fn prepare(&self, _: &mut u8) -> io::Result<()> {
            Err(io::Error::other("prepare"))
        }

        fn is_broken(&self, _: &u8) -> bool {
            true
        }

        async fn close(&self, resource: u8) {
            self.0.store(resource, Relaxed);
        }

        async fn cancel(&self, resource: u8) {
            self.0.store(resource + 1, Relaxed);
        }
    }

    #[test]
    fn a_shared_manager_does_what_the_manager_does() {
        let (time, shared, mut seven) = (ManualClock::new(), Arc::new(Strict::default()), 7);
        assert_eq!(time.block_on(Manage::create(&shared)).expect("made"), 7);
        let check = time.block_on(Manage::check(&shared, &mut seven));
        assert_eq!(check.expect_err("no").to_string(), "check");
        let reset = time.block_on(Manage::reset(&shared, &mut seven));
        assert_eq!(reset.expect_err("no").to_string(), "reset");
        let prepare = time.block_on(Manage::prepare(&shared, &mut seven));
        assert_eq!(prepare.expect_err("no").to_string(), "prepare");
        assert!(Manage::is_broken(&shared, &seven));
        time.block_on(Manage::close(&shared, seven));
        assert_eq!(shared.0.load(Relaxed), 7);
        time.block_on(Manage::cancel(&shared, seven));
        assert_eq!(shared.0.load(Relaxed), 8);
    }
}
