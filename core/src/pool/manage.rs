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
/// Any of these futures may be dropped before it ends, when the checkout's deadline passes or the
/// caller goes away. The resource is then dropped and never lent again. The same happens after a
/// panic.
///
/// For calls that block their thread, see [`ManageBlocking`](super::ManageBlocking).
pub trait Manage: Send + Sync + 'static {
    /// The type that is pooled.
    type Resource: Send + 'static;
    /// The reason why a resource could not be created or is no longer usable.
    type Error: StdError + Send + Sync + 'static;

    /// Creates a resource.
    fn create(&self) -> impl Future<Output = Result<Self::Resource, Self::Error>> + Send;

    /// Checks that a resource is still good, before it is lent again. After an error it is closed,
    /// and another is lent.
    fn check(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = resource;
        async { Ok(()) }
    }

    /// Removes what the last borrower left, before the resource is lent again and after the check.
    /// After an error it is closed, and another is lent.
    fn reset(
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
    /// a pool is drained, limited by [`PoolOptions::close_timeout`](super::PoolOptions). Resources
    /// that are broken or cut, or surplus when returned, are dropped without it.
    fn close(&self, resource: Self::Resource) -> impl Future<Output = ()> + Send {
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

    fn is_broken(&self, resource: &Self::Resource) -> bool {
        (**self).is_broken(resource)
    }

    fn close(&self, resource: Self::Resource) -> impl Future<Output = ()> + Send {
        (**self).close(resource)
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

        fn is_broken(&self, _: &u8) -> bool {
            true
        }

        async fn close(&self, resource: u8) {
            self.0.store(resource, Relaxed);
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
        assert!(Manage::is_broken(&shared, &seven));
        time.block_on(Manage::close(&shared, seven));
        assert_eq!(shared.0.load(Relaxed), 7);
    }
}
