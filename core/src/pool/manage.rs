use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

/// How to make, check and clean a pooled resource.
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
/// The methods return futures that can be sent between threads; an `async fn` whose body can be is
/// one. They are not boxed, so that a checkout of an idle resource does not allocate.
///
/// Any of them may be dropped half-way, when the checkout's deadline passes or the caller goes away;
/// the resource is dropped then, never lent again. A panic drops it too.
///
/// For what blocks a thread there is [`ManageBlocking`](super::ManageBlocking).
pub trait Manage: Send + Sync + 'static {
    /// What is pooled.
    type Resource: Send + 'static;
    /// Why it could not be made, or is of no use any more.
    type Error: StdError + Send + Sync + 'static;

    /// Makes one.
    fn create(&self) -> impl Future<Output = Result<Self::Resource, Self::Error>> + Send;

    /// Is it still good? Asked before it is lent again. An error closes it, and another is lent.
    fn check(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = resource;
        async { Ok(()) }
    }

    /// Wipes away what the last borrower left. Done before it is lent again, after the check. An
    /// error closes it, and another is lent.
    fn reset(
        &self,
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = resource;
        async { Ok(()) }
    }

    /// Is it known to be broken, without asking it? Looked at when it comes back; a broken one is
    /// closed.
    fn is_broken(&self, resource: &Self::Resource) -> bool {
        let _ = resource;
        false
    }

    /// Takes leave of one that is good: says goodbye to the server, flushes. For want of it, drops it.
    ///
    /// Called where there is time for it: when a pool's background work closes what is too old, and
    /// when a pool is drained, bounded by [`PoolOptions::close_timeout`](super::PoolOptions). What
    /// is broken or cut, and what is closed as it comes back, is dropped without.
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

    /// Says no to everything but making one, and remembers which it closed.
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
