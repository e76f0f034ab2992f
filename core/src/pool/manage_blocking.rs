use std::error::Error as StdError;
use std::sync::Arc;

use super::Stage;

/// Ends a call that another thread runs: see [`ManageBlocking::interrupt`].
pub type Interrupt = Box<dyn FnOnce() + Send>;

/// Creates, checks and resets the resources of a pool with calls that block their thread; the
/// blocking counterpart of [`Manage`](super::Manage).
///
/// ```
/// use seawall_core::pool::ManageBlocking;
/// use std::{io, net::TcpStream};
///
/// struct Connections(String);
///
/// impl ManageBlocking for Connections {
///     type Resource = TcpStream;
///     type Error = io::Error;
///
///     fn create(&self) -> io::Result<TcpStream> {
///         TcpStream::connect(&self.0)
///     }
///
///     fn is_broken(&self, connection: &TcpStream) -> bool {
///         connection.peer_addr().is_err()
///     }
/// }
/// ```
///
/// A pool uses it through an adapter that runs each call on a thread that may block. A thread
/// cannot be interrupted: a call whose caller has gone away runs to its end, and the resource is
/// then closed and never lent. It is also closed after a panic. If a running call can be ended
/// early, [`interrupt`] does that.
///
/// [`interrupt`]: ManageBlocking::interrupt
pub trait ManageBlocking: Send + Sync + 'static {
    /// The type that is pooled.
    type Resource: Send + 'static;
    /// The reason why a resource could not be created or is no longer usable.
    type Error: StdError + Send + Sync + 'static;

    /// Creates a resource.
    ///
    /// # Errors
    /// If the resource could not be created.
    fn create(&self) -> Result<Self::Resource, Self::Error>;

    /// Checks that a resource is still good, before it is lent again. After an error it is closed,
    /// and another is lent.
    ///
    /// # Errors
    /// If the resource is not good.
    fn check(&self, resource: &mut Self::Resource) -> Result<(), Self::Error> {
        let _ = resource;
        Ok(())
    }

    /// Removes what the last borrower left, such as locks and open transactions, when the resource
    /// comes back and before its permit is free. After an error it is closed.
    ///
    /// # Errors
    /// If the resource could not be reset.
    fn reset(&self, resource: &mut Self::Resource) -> Result<(), Self::Error> {
        let _ = resource;
        Ok(())
    }

    /// Returns true if there is nothing to reset. Called before [`reset`](Self::reset), on the
    /// borrower's thread; a clean resource is not reset, which avoids a change of threads.
    ///
    /// Default: false, so each resource is reset.
    fn is_clean(&self, resource: &Self::Resource) -> bool {
        let _ = resource;
        false
    }

    /// Returns true if the resource is known to be broken, without any I/O. Called when it is
    /// returned, on the borrower's thread; a broken resource is closed.
    fn is_broken(&self, resource: &Self::Resource) -> bool {
        let _ = resource;
        false
    }

    /// Closes the resource. By default it is dropped.
    fn close(&self, resource: Self::Resource) {
        drop(resource);
    }

    /// Returns a closure that ends a running call on `resource` from another thread. It is
    /// requested before each blocking call on the resource, and called if no caller waits for that
    /// call any more; the resource is then closed. The closure must not block.
    ///
    /// Default: `None`, calls cannot be interrupted.
    fn interrupt(&self, resource: &Self::Resource) -> Option<Interrupt> {
        let _ = resource;
        None
    }

    /// Returns true if the call of `stage` may block its thread. A call that does not block is made
    /// on the checkout's thread, which avoids a change of threads and an allocation.
    ///
    /// Default: true for all stages.
    fn blocks(&self, stage: Stage) -> bool {
        let _ = stage;
        true
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the manager does")]
impl<M: ManageBlocking> ManageBlocking for Arc<M> {
    type Resource = M::Resource;
    type Error = M::Error;

    fn create(&self) -> Result<Self::Resource, Self::Error> {
        (**self).create()
    }

    fn check(&self, resource: &mut Self::Resource) -> Result<(), Self::Error> {
        (**self).check(resource)
    }

    fn reset(&self, resource: &mut Self::Resource) -> Result<(), Self::Error> {
        (**self).reset(resource)
    }

    fn is_clean(&self, resource: &Self::Resource) -> bool {
        (**self).is_clean(resource)
    }

    fn is_broken(&self, resource: &Self::Resource) -> bool {
        (**self).is_broken(resource)
    }

    fn close(&self, resource: Self::Resource) {
        (**self).close(resource);
    }

    fn interrupt(&self, resource: &Self::Resource) -> Option<Interrupt> {
        (**self).interrupt(resource)
    }

    fn blocks(&self, stage: Stage) -> bool {
        (**self).blocks(stage)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

    use super::*;

    #[derive(Default)]
    struct Strict(AtomicU8);

    impl ManageBlocking for Strict {
        type Resource = u8;
        type Error = io::Error;

        fn create(&self) -> io::Result<u8> {
            Ok(7)
        }

        fn check(&self, _: &mut u8) -> io::Result<()> {
            Err(io::Error::other("check"))
        }

        fn reset(&self, _: &mut u8) -> io::Result<()> {
            Err(io::Error::other("reset"))
        }

        fn is_clean(&self, _: &u8) -> bool {
            true
        }

        fn is_broken(&self, _: &u8) -> bool {
            true
        }

        fn interrupt(&self, _: &u8) -> Option<Interrupt> {
            Some(Box::new(|| ()))
        }

        fn close(&self, resource: u8) {
            self.0.store(resource, Relaxed);
        }

        fn blocks(&self, stage: Stage) -> bool {
            stage == Stage::Connecting
        }
    }

    #[test]
    fn a_shared_manager_does_what_the_manager_does() {
        let (shared, mut seven) = (Arc::new(Strict::default()), 7);
        assert_eq!(ManageBlocking::create(&shared).expect("made"), 7);
        let check = ManageBlocking::check(&shared, &mut seven);
        assert_eq!(check.expect_err("no").to_string(), "check");
        let reset = ManageBlocking::reset(&shared, &mut seven);
        assert_eq!(reset.expect_err("no").to_string(), "reset");
        assert!(ManageBlocking::is_clean(&shared, &seven));
        assert!(ManageBlocking::is_broken(&shared, &seven));
        assert!(ManageBlocking::interrupt(&shared, &seven).is_some());
        assert!(ManageBlocking::blocks(&shared, Stage::Connecting));
        assert!(!ManageBlocking::blocks(&shared, Stage::Checking));
        ManageBlocking::close(&shared, seven);
        assert_eq!(shared.0.load(Relaxed), 7);
    }
}
