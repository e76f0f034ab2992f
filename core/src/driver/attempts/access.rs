use crate::driver::access::{Access, forward, sealed};
use crate::driver::held::Taken;
use crate::driver::place::Kept;
use crate::driver::watch::Watch;
use crate::driver::{Driver, FallbackTo};
use crate::policy::{Attempt, Measured, Policy};
use crate::protection::sealed::Layers;
use crate::{Class, Refusal, Tick, Verdict};

use super::places::{KeptBy, has_output};

/// The access of one attempt of a call, which borrows that of the call.
pub struct InAttempt<'s, A: Access> {
    pub(super) access: &'s A,
    pub(super) attempt: Attempt,
    /// The time that was read as the attempt began, if it was.
    pub(super) read: Option<Tick>,
    /// True if another attempt that runs at the same time has answered.
    pub(super) is_superseded: bool,
    /// Where the attempt leaves its place in bulkheads, if the caller keeps that.
    pub(super) places: KeptBy<'s>,
}

impl<'s, A: Access> InAttempt<'s, A> {
    #[inline(always)]
    pub(super) fn new(
        access: &'s A,
        attempt: Attempt,
        read: Option<Tick>,
        places: KeptBy<'s>,
    ) -> Self {
        Self { access, attempt, read, is_superseded: false, places }
    }
}

impl<A: Access> sealed::Reach for InAttempt<'_, A> {
    type Protection = A::Protection;

    forward! { self => self.access; driver protection measured watch ended }

    #[inline(always)]
    fn attempt(&self) -> Option<Attempt> {
        Some(self.attempt)
    }

    #[inline(always)]
    fn begun(&self) -> Option<Option<Tick>> {
        Some(self.read)
    }

    #[inline(always)]
    fn keep(&self, taken: &mut Taken<A::Protection>, class: Class) -> bool {
        match self.places {
            Some(places) if has_output(class.verdict) && self.protection().bulkheads() != 0 => {
                places.keep(self.attempt, Kept::after(self, taken, class));
                true
            }
            _ => false,
        }
    }

    #[inline(always)]
    fn dropped(&self) -> Verdict {
        if self.is_superseded { Verdict::Superseded } else { self.access.dropped() }
    }
}

crate::__debug! { impl[A: Access] InAttempt<'_, A>: self { attempt: self.attempt } }

/// The access of a call that has a policy of its own.
#[derive(Clone, Copy, Debug)]
pub struct WithPolicy<'q, A> {
    pub(super) access: A,
    pub(super) policy: &'q Policy,
}

impl<A: Access> sealed::Reach for WithPolicy<'_, A> {
    type Protection = A::Protection;

    forward! { self => self.access; driver protection refusal fallback ended dropped }

    #[inline(always)]
    fn policy(&self) -> Option<&Policy> {
        Some(self.policy)
    }

    #[inline(always)]
    fn measured(&self) -> Option<&Measured> {
        self.policy.measured()
    }

    #[inline(always)]
    fn watch(&self) -> Watch {
        self.access.watch().measuring(self.policy)
    }
}
