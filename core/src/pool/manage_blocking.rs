use std::error::Error as StdError;
use std::sync::Arc;

use super::Stage;

/// Ends a call that another thread is in: see [`ManageBlocking::interrupt`].
pub type Interrupt = Box<dyn FnOnce() + Send>;

/// How to make, check and clean a pooled resource, where that blocks a thread: what
/// [`Manage`](super::Manage) is for tasks.
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
/// A pool takes it in an adapter that runs each call on a thread that may block. A thread cannot be
/// cut: a call whose caller has gone away runs to its end, and the resource is closed then, never
/// lent. A panic closes it too. Where a resource can be told to hurry, [`interrupt`] says how.
///
/// [`interrupt`]: ManageBlocking::interrupt
pub trait ManageBlocking: Send + Sync + 'static {
    /// What is pooled.
    type Resource: Send + 'static;
    /// Why it could not be made, or is of no use any more.
    type Error: StdError + Send + Sync + 'static;

    /// Makes one.
    ///
    /// # Errors
    /// If it could not be made.
    fn create(&self) -> Result<Self::Resource, Self::Error>;

    /// Is it still good? Asked before it is lent again. An error closes it, and another is lent.
    ///
    /// # Errors
    /// If it is not.
    fn check(&self, resource: &mut Self::Resource) -> Result<(), Self::Error> {
        let _ = resource;
        Ok(())
    }

    /// Wipes away what the last borrower left. Done before it is lent again, after the check. An
    /// error closes it, and another is lent.
    ///
    /// # Errors
    /// If it could not.
    fn reset(&self, resource: &mut Self::Resource) -> Result<(), Self::Error> {
        let _ = resource;
        Ok(())
    }

    /// Is there nothing to reset? Looked at before [`reset`](Self::reset), on the checkout's thread;
    /// one that is clean is not reset, which spares it the way to another thread and back.
    ///
    /// Default: no, so that each is reset.
    fn is_clean(&self, resource: &Self::Resource) -> bool {
        let _ = resource;
        false
    }

    /// Is it known to be broken, without asking it? Looked at when it comes back, on the borrower's
    /// thread; a broken one is closed.
    fn is_broken(&self, resource: &Self::Resource) -> bool {
        let _ = resource;
        false
    }

    /// Closes it. For want of it, drops it.
    fn close(&self, resource: Self::Resource) {
        drop(resource);
    }

    /// How to end a call that is under way on `resource`, from another thread. Asked for before each
    /// call on it that blocks, and done if nobody waits for that call any more; the resource is closed
    /// then. It must not block.
    ///
    /// Default: it cannot be.
    fn interrupt(&self, resource: &Self::Resource) -> Option<Interrupt> {
        let _ = resource;
        None
    }

    /// Can the call that `stage` makes keep its thread waiting? One that cannot is made where the
    /// checkout runs, which spares it the way to another thread and back, and allocates nothing.
    ///
    /// Default: yes, for all of them.
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
