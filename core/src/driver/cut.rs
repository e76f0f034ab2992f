use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};

use super::access::Access;
use super::held::Held;
use super::limit::Limit;
use crate::protection::sealed::Layers;
use crate::{Clock, Elapsed, Sleep, Verdict};

/// When an operation is cut.
pub(super) struct Cut {
    pub(super) limit: Limit,
    /// Started when the operation has suspended.
    sleep: Option<Sleep>,
}

impl Cut {
    #[inline(always)]
    pub(super) fn at(limit: Limit) -> Self {
        Self { limit, sleep: None }
    }

    /// Waits until the operation's time is over.
    #[inline(always)]
    pub(super) fn poll_due(&mut self, clock: &Clock, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| clock.sleep_until(self.limit.until));
        pin!(sleep).poll(cx)
    }

    /// Ends the call of an operation that was cut.
    #[inline(always)]
    pub(super) fn end<A: Access>(&self, held: &mut Held<A>) -> Elapsed {
        let layer = held.access.protection().label().clone();
        held.settle(Verdict::Failure.into(), true);
        Elapsed { layer, limit: self.limit.length() }
    }
}
