use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::begin::Extras;
use super::lane::{Lane, Parts};
use super::next::accepts_extra;
use crate::Tick;
use crate::deadline::Alarm;
use crate::driver::access::Access;
use crate::driver::guarded::MaybeKey;
use crate::policy::{Attempt, Budget, Measured};
use crate::protection::Protection;

/// The copy of an attempt that takes long. It is allocated only when it is sent.
pub(super) enum Copying<P: Protection, O, R> {
    /// The attempt has not been suspended yet.
    New,
    /// A copy may be sent then.
    At(Alarm),
    Sent(Pin<Box<Copied<P, O, R>>>),
    /// There is no copy, or none any more.
    Never,
}

pin_project! {
    pub(super) struct Copied<P: Protection, O, R> {
        #[pin]
        pub(super) operation: Option<O>,
        pub(super) lane: Lane<P>,
        // How the attempt ended that was copied, if it has failed.
        pub(super) failed: Option<(Attempt, R)>,
    }
}

impl<P: Protection, O, R> Copying<P, O, R> {
    /// Waits until a copy may be sent of the attempt in `first`, which is suspended.
    #[inline(always)]
    pub(super) fn poll_due<A, K, C, J, F>(
        &mut self,
        first: &Lane<P>,
        parts: &Parts<'_, A, K, C, J, F>,
        cx: &mut Context<'_>,
    ) -> Poll<()>
    where
        A: Access,
    {
        let clock = parts.request.access.driver().clock();
        if let Self::New = self
            && let Some(admitted) = first.admitted()
        {
            let hedging = parts.attempts.hedging(&parts.request, first.attempt);
            *self = match hedging {
                Some((_, _, delay)) => Self::At(Alarm::at(admitted + delay)),
                None => Self::Never,
            };
        }
        match self {
            Self::At(alarm) => alarm.poll(clock, cx),
            _ => Poll::Pending,
        }
    }

    /// Makes a copy.
    pub(super) fn send(&mut self, attempt: Attempt, now: Tick, extras: Extras) {
        let lane = Lane::begun(attempt, Some(now), extras);
        let copied = Box::pin(Copied { operation: None, lane, failed: None });
        *self = Self::Sent(copied);
    }
}

impl<A: Access, K: MaybeKey, C, J, F> Parts<'_, A, K, C, J, F> {
    /// Takes a copy from the budget and from the share, unless something speaks against it.
    #[cold]
    pub(super) fn decide_copy(&self) -> Option<(Tick, Extras)> {
        let request = &self.request;
        let clock = request.access.driver().clock();
        let (policy, hedging, _) = self.attempts.hedging(request, Attempt::FIRST)?;
        let (measured, now) = (request.access.measured(), clock.now());
        let median = measured.map_or(Duration::ZERO, Measured::median);
        let few_are_late = hedging.note(true);
        if !few_are_late
            || measured.is_some_and(|measured| measured.is_overloaded(now))
            || now + median >= request.deadline
            || !accepts_extra(request, now)
            || policy.observes_hedge()
        {
            return None;
        }
        let withdraw = |budget: &Budget| budget.withdraw(budget.now(clock));
        let share = withdraw(hedging.share())?;
        Some((now, [Some(withdraw(policy.budget())?), Some(share)]))
    }
}
