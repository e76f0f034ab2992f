use std::sync::atomic::{AtomicBool, Ordering};

use crate::driver::access::{Access, forward, sealed};
use crate::driver::{Driver, FallbackTo};
use crate::policy::{Attempt, Measured, Policy};
use crate::{Refusal, Tick, Verdict};

/// The access of one attempt of a call, which borrows that of the call.
#[derive(Debug)]
pub struct InAttempt<'s, A> {
    pub(super) access: &'s A,
    pub(super) attempt: Attempt,
    /// The time that was read as the attempt began, if it was.
    pub(super) read: Option<Tick>,
    /// Set once one of several attempts that run at the same time has answered.
    pub(super) answered: Option<&'s AtomicBool>,
}

impl<A: Access> sealed::Reach for InAttempt<'_, A> {
    type Protection = A::Protection;

    forward! { self => self.access; driver protection measured is_watched }

    #[inline(always)]
    fn attempt(&self) -> Option<Attempt> {
        Some(self.attempt)
    }

    #[inline(always)]
    fn begun(&self) -> Option<Option<Tick>> {
        Some(self.read)
    }

    #[inline(always)]
    fn ended(&self, verdict: Verdict) {
        if let Some(answered) = self.answered
            && matches!(verdict, Verdict::Success | Verdict::Ignored)
        {
            answered.store(true, Ordering::Release);
        }
        self.access.ended(verdict);
    }

    #[inline(always)]
    fn dropped(&self) -> Verdict {
        match self.answered {
            Some(answered) if answered.load(Ordering::Acquire) => Verdict::Superseded,
            _ => self.access.dropped(),
        }
    }
}

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
    fn is_watched(&self) -> bool {
        self.access.is_watched() || self.policy.measured().is_some()
    }
}
