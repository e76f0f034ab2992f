use std::sync::Arc;

use super::held::Taken;
use super::watch::Watch;
use super::{Driver, FallbackTo};
use crate::policy::{Attempt, Measured, Policy};
use crate::protection::Protection;
use crate::time::Span;
use crate::{Class, Refusal, Tick, Verdict};

/// How a call reaches its driver and its protection: [`Borrowed`] for as long as the call lasts,
/// through a [`Handle`](super::Handle) that the call owns, or [`Lent`]: either of the two. Sealed.
pub trait Access: sealed::Reach {}

impl<A: sealed::Reach> Access for A {}

/// Implements methods of [`sealed::Reach`] by another access.
macro_rules! forward {
    ($self:ident => $access:expr; $($method:ident)*) => {
        $(forward!(@$method $self => $access);)*
    };
    ($self:ident => $access:expr; ..) => {
        forward! {
            $self => $access;
            driver protection refusal policy fallback measured watch attempt begun keep ended
            dropped
        }
    };
    (@driver $self:ident => $access:expr) => {
        #[inline(always)]
        fn driver(&$self) -> &Driver {
            $access.driver()
        }
    };
    (@protection $self:ident => $access:expr) => {
        #[inline(always)]
        fn protection(&$self) -> &A::Protection {
            $access.protection()
        }
    };
    (@refusal $self:ident => $access:expr) => {
        #[inline(always)]
        fn refusal(&$self) -> Option<&Refusal> {
            $access.refusal()
        }
    };
    (@policy $self:ident => $access:expr) => {
        #[inline(always)]
        fn policy(&$self) -> Option<&Policy> {
            $access.policy()
        }
    };
    (@fallback $self:ident => $access:expr) => {
        #[inline(always)]
        fn fallback(&$self) -> Option<&FallbackTo<A::Protection>> {
            $access.fallback()
        }
    };
    (@measured $self:ident => $access:expr) => {
        #[inline(always)]
        fn measured(&$self) -> Option<&Measured> {
            $access.measured()
        }
    };
    (@watch $self:ident => $access:expr) => {
        #[inline(always)]
        fn watch(&$self) -> Watch {
            $access.watch()
        }
    };
    (@attempt $self:ident => $access:expr) => {
        #[inline(always)]
        fn attempt(&$self) -> Option<Attempt> {
            $access.attempt()
        }
    };
    (@begun $self:ident => $access:expr) => {
        #[inline(always)]
        fn begun(&$self) -> Option<Option<Tick>> {
            $access.begun()
        }
    };
    (@keep $self:ident => $access:expr) => {
        #[inline(always)]
        fn keep(&$self, taken: &mut Taken<A::Protection>, class: Class) -> bool {
            $access.keep(taken, class)
        }
    };
    (@ended $self:ident => $access:expr) => {
        #[inline(always)]
        fn ended(&$self, verdict: Verdict) {
            $access.ended(verdict);
        }
    };
    (@dropped $self:ident => $access:expr) => {
        #[inline(always)]
        fn dropped(&$self) -> Verdict {
            $access.dropped()
        }
    };
}

pub(super) use forward;

pub(crate) mod sealed {
    use super::{
        Attempt, Class, Driver, FallbackTo, Measured, Policy, Protection, Refusal, Taken, Tick,
        Verdict, Watch,
    };

    pub trait Reach: Send + Sync {
        type Protection: Protection;

        fn driver(&self) -> &Driver;
        fn protection(&self) -> &Self::Protection;

        /// Returns the refusal of a protection that refuses every call.
        #[inline(always)]
        fn refusal(&self) -> Option<&Refusal> {
            None
        }

        /// Returns the policy of the calls, if they have one.
        #[inline(always)]
        fn policy(&self) -> Option<&Policy> {
            None
        }

        /// Returns the protection whose calls replace errors, if there is one.
        #[inline(always)]
        fn fallback(&self) -> Option<&FallbackTo<Self::Protection>> {
            None
        }

        /// Returns what is measured of the calls, if anything is.
        #[inline(always)]
        fn measured(&self) -> Option<&Measured> {
            None
        }

        /// Returns what is emitted and measured of calls.
        #[inline(always)]
        fn watch(&self) -> Watch {
            self.driver().watch
        }

        /// Returns the attempt that this call is, if it is one of several.
        #[inline(always)]
        fn attempt(&self) -> Option<Attempt> {
            None
        }

        /// Returns the time that was read as the call began, if it has begun already.
        #[inline(always)]
        fn begun(&self) -> Option<Option<Tick>> {
            None
        }

        /// Keeps what `taken` has of bulkheads after a call that has ended with `class`, if the caller
        /// wants that.
        #[inline(always)]
        fn keep(&self, _taken: &mut Taken<Self::Protection>, _class: Class) -> bool {
            false
        }

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

        forward! { self => (**self); .. }
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
    pub(super) policy: Option<Policy>,
    pub(super) fallback: Option<Arc<FallbackTo<P>>>,
    pub(super) watch: Watch,
    /// Set if every call is refused.
    pub(super) refusal: Option<Refusal>,
    /// True if the handle refuses calls, or limits them by what was measured.
    pub(super) is_special: bool,
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

    #[inline(always)]
    fn refusal(&self) -> Option<&Refusal> {
        self.0.refusal.as_ref()
    }

    #[inline(always)]
    fn policy(&self) -> Option<&Policy> {
        self.0.policy.as_ref()
    }

    #[inline(always)]
    fn fallback(&self) -> Option<&FallbackTo<P>> {
        self.0.fallback.as_deref()
    }

    #[inline(always)]
    fn measured(&self) -> Option<&Measured> {
        self.0.policy.as_ref().and_then(Policy::measured)
    }

    #[inline(always)]
    fn watch(&self) -> Watch {
        self.0.watch
    }
}

impl<P: Protection> std::fmt::Debug for Owned<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Owned").field(self.0.protection.label()).finish()
    }
}

/// A driver and a protection that are borrowed from a [`Handle`](super::Handle), or owned where that
/// handle is superseded by another one.
pub struct Lent<'h, P>(pub(super) Either<'h, P>);

pub(super) enum Either<'h, P> {
    /// From a handle that refuses no call by itself.
    Borrowed(&'h Shared<P>),
    Owned(Owned<P>),
}

impl<P> Clone for Lent<'_, P> {
    #[inline]
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Either::Borrowed(shared) => Either::Borrowed(shared),
            Either::Owned(owned) => Either::Owned(owned.clone()),
        })
    }
}

impl<P> Lent<'_, P> {
    #[inline(always)]
    fn shared(&self) -> &Shared<P> {
        match &self.0 {
            Either::Borrowed(shared) => shared,
            Either::Owned(owned) => &owned.0,
        }
    }
}

impl<P: Protection> sealed::Reach for Lent<'_, P> {
    type Protection = P;

    #[inline(always)]
    fn driver(&self) -> &Driver {
        &self.shared().driver
    }

    #[inline(always)]
    fn protection(&self) -> &P {
        &self.shared().protection
    }

    #[inline(always)]
    fn refusal(&self) -> Option<&Refusal> {
        match &self.0 {
            Either::Borrowed(_) => None,
            Either::Owned(owned) => owned.0.refusal.as_ref(),
        }
    }

    #[inline(always)]
    fn policy(&self) -> Option<&Policy> {
        self.shared().policy.as_ref()
    }

    #[inline(always)]
    fn fallback(&self) -> Option<&FallbackTo<P>> {
        self.shared().fallback.as_deref()
    }

    #[inline(always)]
    fn measured(&self) -> Option<&Measured> {
        self.shared().policy.as_ref().and_then(Policy::measured)
    }

    #[inline(always)]
    fn watch(&self) -> Watch {
        self.shared().watch
    }
}

impl<P: Protection> std::fmt::Debug for Lent<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lent").field(self.shared().protection.label()).finish()
    }
}
