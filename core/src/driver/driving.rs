use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::access::Access;
use super::ending::PanicMark;
use super::limit::Limit;
use super::permit::PermitVia;
use crate::protection::sealed::Layers;
use crate::{Elapsed, Error, Sleep, Verdict};

pin_project! {
    /// An operation that runs by a permit: completes with the operation's output and the permit, which
    /// the caller then ends by what the output says. [`PermitVia::drive`] returns it.
    ///
    /// The operation is declared before the permit, so that it is dropped before its place is free.
    #[must_use = "futures do nothing unless polled"]
    pub struct Driving<A, O>
    where
        A: Access,
    {
        #[pin]
        operation: Option<O>,
        permit: Option<PermitVia<A>>,
        begun: Option<Begun>,
    }
}

/// The limit of an operation that was polled.
struct Begun {
    limit: Option<Limit>,
    /// Started when the operation has suspended.
    sleep: Option<Sleep>,
}

impl Begun {
    fn now<A: Access>(permit: &PermitVia<A>) -> Self {
        let clock = permit.held.access.driver().clock();
        Self { limit: Limit::new(clock, permit.timeout, permit.deadline, None), sleep: None }
    }
}

impl<A: Access, O> Driving<A, O> {
    pub(super) fn new(permit: PermitVia<A>, operation: O) -> Self {
        Self { operation: Some(operation), permit: Some(permit), begun: None }
    }
}

impl<A: Access, O: Future> Future for Driving<A, O> {
    type Output = Result<(O::Output, PermitVia<A>), Error<Infallible>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(permit) = this.permit.as_mut() else {
            panic!("an operation was polled after it had completed")
        };
        let is_new = this.begun.is_none();
        let Begun { limit, sleep } = this.begun.get_or_insert_with(|| Begun::now(permit));
        if is_new && limit.is_some_and(Limit::is_over) {
            this.operation.set(None);
            let refusal = permit.held.refuse_late();
            *this.permit = None;
            return Poll::Ready(Err(Error::Refused(refusal)));
        }
        let mark = PanicMark::set(&mut permit.held.taken.panicked);
        let operation = this.operation.as_mut().as_pin_mut();
        let polled = operation.map_or(Poll::Pending, |operation| operation.poll(cx));
        if let Poll::Ready(output) = polled {
            this.operation.set(None);
            mark.clear();
            let permit = this.permit.take().expect("BUG: the permit was there just now");
            return Poll::Ready(Ok((output, permit)));
        }
        mark.clear();
        let Some(limit) = limit else { return Poll::Pending };
        let access = &permit.held.access;
        let sleep = sleep.get_or_insert_with(|| access.driver().clock().sleep_until(limit.until));
        ready!(pin!(sleep).poll(cx));
        let elapsed = Elapsed { layer: access.protection().label().clone(), limit: limit.length() };
        let mark = PanicMark::set(&mut permit.held.taken.panicked);
        this.operation.set(None);
        mark.clear();
        permit.held.settle(Verdict::Failure.into(), true);
        *this.permit = None;
        Poll::Ready(Err(Error::TimedOut(elapsed)))
    }
}

impl<A: Access, O> std::fmt::Debug for Driving<A, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Driving").field(&self.permit).finish()
    }
}
