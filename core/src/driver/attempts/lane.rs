use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::access::InAttempt;
use super::begin::{Begin, Extras};
use super::next::Attempts;
use super::places::KeptBy;
use crate::driver::access::Access;
use crate::driver::admission::Halt;
use crate::driver::cut::Cut;
use crate::driver::ending::PanicMark;
use crate::driver::finish::{Finish, Whole};
use crate::driver::guarded::MaybeKey;
use crate::driver::held::{Held, Taken};
use crate::driver::judge::Judge;
use crate::driver::limit::Limit;
use crate::driver::request::Request;
use crate::driver::run::{Begun, begin, poll_cut, poll_judged};
use crate::driver::start::Start;
use crate::policy::Attempt;
use crate::protection::Protection;
use crate::time::Span;
use crate::{Class, Error, Tick};

/// What all attempts of a call are made of.
pub(super) struct Parts<'p, A, K, C, J, F> {
    pub(super) request: Request<A, K>,
    pub(super) timeout: Span,
    pub(super) classify: C,
    pub(super) judge: J,
    pub(super) attempts: Attempts,
    pub(super) op: F,
    pub(super) places: KeptBy<'p>,
}

/// How an attempt ended: its class, if the operation ended by itself, and what came of it.
pub(super) type Ended<T, E> = (Option<Class>, Result<T, Error<E>>);

/// One attempt after another, or a copy, whose operation is beside it. What an attempt holds stays in place while it
/// is suspended, and does not end by being dropped: see [`Lane::stop`].
pub(super) struct Lane<P: Protection> {
    pub(super) attempt: Attempt,
    /// What a suspended attempt holds.
    taken: Option<Taken<P>>,
    cut: Option<Cut>,
    entry: Entry,
}

/// Where an attempt stands whose operation has not begun.
enum Entry {
    /// The operation has begun, or there is no attempt.
    Passed,
    /// No layer was asked. With the time, if it was read.
    New(Option<Tick>, Extras),
    /// A layer makes it wait.
    Waits(Box<Halt>, Extras),
}

/// What came of the entry of an attempt.
enum Entered<T, E> {
    /// Its operation is to be polled.
    Begins,
    /// Its operation was polled and is suspended.
    Suspended,
    /// A layer makes it wait.
    Pending,
    Ended(Ended<T, E>),
}

impl<P: Protection> Lane<P> {
    /// Creates a lane without an attempt.
    #[inline(always)]
    pub(super) const fn new() -> Self {
        Self { attempt: Attempt::FIRST, taken: None, cut: None, entry: Entry::Passed }
    }

    /// Creates a lane with an attempt that begins at the first poll.
    pub(super) fn begun(attempt: Attempt, read: Option<Tick>, extras: Extras) -> Self {
        Self { attempt, entry: Entry::New(read, extras), ..Self::new() }
    }

    /// Creates a lane with a first attempt whose operation is suspended.
    #[inline(always)]
    pub(super) fn suspended(taken: Taken<P>, limit: Option<Limit>) -> Self {
        Self { taken: Some(taken), cut: limit.map(Cut::at), ..Self::new() }
    }

    /// Creates a lane with a first attempt that a layer makes wait.
    pub(super) fn waiting(taken: Taken<P>, halt: Box<Halt>) -> Self {
        let entry = Entry::Waits(halt, Extras::default());
        Self { taken: Some(taken), entry, ..Self::new() }
    }

    /// Returns true if nothing is to be dropped.
    #[inline(always)]
    pub(super) const fn is_bare(&self) -> bool {
        self.taken.is_none() && self.cut.is_none() && matches!(self.entry, Entry::Passed)
    }

    /// Returns true if there is an attempt.
    pub(super) const fn is_busy(&self) -> bool {
        self.taken.is_some() || matches!(self.entry, Entry::New(..))
    }

    /// Returns the time at which the layers admitted the attempt, if its operation runs and calls are measured.
    pub(super) fn admitted(&self) -> Option<Tick> {
        let taken = self.taken.as_ref().filter(|_| matches!(self.entry, Entry::Passed));
        taken.map(|taken| taken.seen.admitted())
    }

    /// Drops the operation, and then ends the attempt as one that was dropped.
    pub(super) fn stop<A: Access<Protection = P>, O>(
        &mut self,
        mut operation: Pin<&mut Option<O>>,
        access: &A,
        places: KeptBy<'_>,
        is_superseded: bool,
    ) {
        let access = InAttempt::new(access, self.attempt, None, places);
        let access = InAttempt { is_superseded, ..access };
        let held = self.taken.take().map(|taken| Held::attach(access, taken));
        operation.set(None);
        self.entry = Entry::Passed;
        drop(held);
    }

    /// Polls the attempt.
    #[inline(always)]
    pub(super) fn poll<A, K, C, J, F, O>(
        &mut self,
        mut operation: Pin<&mut Option<O>>,
        parts: &mut Parts<'_, A, K, C, J, F>,
        cx: &mut Context<'_>,
    ) -> Poll<Ended<J::Value, J::Error>>
    where
        A: Access<Protection = P>,
        K: MaybeKey,
        O: Future,
        J: Judge<C, O::Output>,
        F: FnMut(Attempt) -> O,
    {
        if !matches!(self.entry, Entry::Passed) {
            match self.poll_entry(operation.as_mut(), parts, cx) {
                Entered::Begins => {}
                Entered::Suspended => return self.poll_cut(operation, parts, cx),
                Entered::Pending => return Poll::Pending,
                Entered::Ended(ended) => return Poll::Ready(ended),
            }
        }
        let Parts { request, classify, judge, places, .. } = parts;
        let Some(taken) = &mut self.taken else {
            unreachable!("an attempt is polled that has ended")
        };
        let judged = |output| judge.judge(classify, request.access.protection(), output);
        let polled = poll_judged(operation.as_mut(), &mut taken.panicked, judged, cx);
        let Poll::Ready((class, result)) = polled else {
            return self.poll_cut(operation, parts, cx);
        };
        let access = InAttempt::new(&request.access, self.attempt, None, *places);
        let Some(taken) = self.taken.take() else { unreachable!("looked at just now") };
        Whole::finish(&mut Held::attach(access, taken), class, &result);
        Poll::Ready((Some(class), result))
    }

    /// Asks the layers, or waits for them.
    #[cold]
    #[inline(never)]
    fn poll_entry<A, K, C, J, F, O>(
        &mut self,
        mut operation: Pin<&mut Option<O>>,
        parts: &mut Parts<'_, A, K, C, J, F>,
        cx: &mut Context<'_>,
    ) -> Entered<J::Value, J::Error>
    where
        A: Access<Protection = P>,
        K: MaybeKey,
        O: Future,
        J: Judge<C, O::Output>,
        F: FnMut(Attempt) -> O,
    {
        let Parts { request, timeout, classify, judge, attempts, op, places } = parts;
        let (attempt, timeout) = (self.attempt, attempts.limit(request, *timeout, self.attempt));
        let (clock, deadline) = (request.access.driver().clock(), request.deadline);
        let access = InAttempt::new(&request.access, attempt, None, *places);
        let (taken, mut halt, extras) = match mem::replace(&mut self.entry, Entry::Passed) {
            Entry::Passed => return Entered::Begins,
            Entry::New(read, extras) => {
                let mut request = request.again(InAttempt { read, ..access });
                let start = Begin { op, attempt, extras, clock };
                let judged = |protection: &_, output| judge.judge(classify, protection, output);
                let begun = begin::<_, _, _, _, _, Whole>(
                    &mut request,
                    timeout,
                    operation.as_mut(),
                    start,
                    judged,
                    cx,
                );
                match begun {
                    Begun::Ended(class, result, ()) => return Entered::Ended((class, result)),
                    Begun::Suspended(taken, limit) => {
                        (self.taken, self.cut) = (Some(taken), limit.map(Cut::at));
                        return Entered::Suspended;
                    }
                    Begun::Waits(start, taken, halt) => (Some(taken), halt, start.extras),
                }
            }
            Entry::Waits(halt, extras) => (self.taken.take(), halt, extras),
        };
        let Some(taken) = taken else { unreachable!("a call that waits holds something") };
        let access = InAttempt::new(&request.access, attempt, None, *places);
        let mut held = Held::attach(&access, taken);
        match halt.poll(&mut held, request.call(None), cx) {
            Poll::Pending => {
                (self.taken, self.entry) = (Some(held.detach()), Entry::Waits(halt, extras));
                Entered::Pending
            }
            Poll::Ready(Err(refusal)) => Entered::Ended((None, Err(Error::Refused(refusal)))),
            Poll::Ready(Ok(())) => {
                let limit = Limit::new(clock, timeout, deadline, None);
                if limit.is_some_and(Limit::is_over) {
                    return Entered::Ended((None, Err(Error::Refused(held.refuse_late()))));
                }
                let mark = PanicMark::set(&mut held.taken.panicked);
                operation.set(Begin { op, attempt, extras, clock }.start(limit));
                mark.clear();
                (self.taken, self.cut) = (Some(held.detach()), limit.map(Cut::at));
                Entered::Begins
            }
        }
    }

    /// Cuts the operation if its time is over.
    #[inline(always)]
    pub(super) fn poll_cut<A, K, C, J, F, O, T, E>(
        &mut self,
        operation: Pin<&mut Option<O>>,
        parts: &Parts<'_, A, K, C, J, F>,
        cx: &mut Context<'_>,
    ) -> Poll<Ended<T, E>>
    where
        A: Access<Protection = P>,
    {
        let (Some(cut), Some(taken)) = (&mut self.cut, &mut self.taken) else {
            return Poll::Pending;
        };
        let access = &parts.request.access;
        let clock = access.driver().clock();
        ready!(poll_cut(operation, &mut taken.panicked, cut, clock, cx));
        let access = InAttempt::new(access, self.attempt, None, parts.places);
        let Some(taken) = self.taken.take() else { unreachable!("looked at just now") };
        let elapsed = cut.end(&mut Held::attach(access, taken));
        Poll::Ready((None, Err(Error::TimedOut(elapsed))))
    }
}
