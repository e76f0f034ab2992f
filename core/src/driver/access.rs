use std::sync::Arc;

use super::Driver;
use crate::Verdict;
use crate::protection::Protection;
use crate::time::Span;

/// How a call reaches its driver and its protection: [`Borrowed`] for as long as the call lasts, or
/// through a [`Handle`](super::Handle) that the call owns. Sealed.
pub trait Access: sealed::Reach {}

impl<A: sealed::Reach> Access for A {}

pub(crate) mod sealed {
    use super::{Driver, Protection, Verdict};

    pub trait Reach: Send + Sync {
        type Protection: Protection;

        fn driver(&self) -> &Driver;
        fn protection(&self) -> &Self::Protection;

        /// Notes that a call has ended.
        #[inline(always)]
        fn ended(&self, _verdict: Verdict) {}

        /// Returns how a call ends whose future or permit is dropped while the operation runs.
        #[inline(always)]
        fn dropped(&self) -> Verdict {
            Verdict::Abandoned
        }
    }

    impl<A: Reach> Reach for &A {
        type Protection = A::Protection;

        #[inline(always)]
        fn driver(&self) -> &Driver {
            (**self).driver()
        }

        #[inline(always)]
        fn protection(&self) -> &A::Protection {
            (**self).protection()
        }

        #[inline(always)]
        fn ended(&self, verdict: Verdict) {
            (**self).ended(verdict);
        }

        #[inline(always)]
        fn dropped(&self) -> Verdict {
            (**self).dropped()
        }
    }
}

/// A driver and a protection that are borrowed.
#[derive(Debug)]
pub struct Borrowed<'p, P> {
    pub(super) driver: &'p Driver,
    pub(super) protection: &'p P,
}

impl<P> Clone for Borrowed<'_, P> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Borrowed<'_, P> {}

impl<P: Protection> sealed::Reach for Borrowed<'_, P> {
    type Protection = P;

    #[inline(always)]
    fn driver(&self) -> &Driver {
        self.driver
    }

    #[inline(always)]
    fn protection(&self) -> &P {
        self.protection
    }
}

/// What a [`Handle`](super::Handle) shares with its clones.
pub(super) struct Shared<P> {
    pub(super) driver: Driver,
    pub(super) protection: P,
    pub(super) timeout: Span,
    pub(super) deadline: Span,
}

/// A driver and a protection that are owned together with others, by one reference count.
pub struct Owned<P>(pub(super) Arc<Shared<P>>);

impl<P> Clone for Owned<P> {
    #[inline]
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Protection> sealed::Reach for Owned<P> {
    type Protection = P;

    #[inline(always)]
    fn driver(&self) -> &Driver {
        &self.0.driver
    }

    #[inline(always)]
    fn protection(&self) -> &P {
        &self.0.protection
    }
}

impl<P: Protection> std::fmt::Debug for Owned<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Owned").field(self.0.protection.label()).finish()
    }
}
