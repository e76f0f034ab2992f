use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::access::Access;
use super::cut::Cut;
use super::ending::PanicMark;
use super::limit::Limit;
use super::permit::PermitVia;
use crate::Error;

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
        is_begun: bool,
        cut: Option<Cut>,
    }
}

impl<A: Access, O> Driving<A, O> {
    pub(super) fn new(permit: PermitVia<A>, operation: O) -> Self {
        Self { operation: Some(operation), permit: Some(permit), is_begun: false, cut: None }
    }
}

impl<A: Access, O: Future> Future for Driving<A, O> {
    type Output = Result<(O::Output, PermitVia<A>), Error<Infallible>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(permit) = this.permit.as_mut() else {
            panic!("an operation was polled after it had completed")
        };
        if !std::mem::replace(this.is_begun, true) {
            let clock = permit.held.access.driver().clock();
            let limit = Limit::new(clock, permit.timeout, permit.deadline, None);
            if limit.is_some_and(Limit::is_over) {
                this.operation.set(None);
                let refusal = permit.held.refuse_late();
                *this.permit = None;
                return Poll::Ready(Err(Error::Refused(refusal)));
            }
            *this.cut = limit.map(Cut::at);
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
        let Some(cut) = this.cut else { return Poll::Pending };
        ready!(cut.poll_due(permit.held.access.driver().clock(), cx));
        let mark = PanicMark::set(&mut permit.held.taken.panicked);
        this.operation.set(None);
        mark.clear();
        let elapsed = cut.end(&mut permit.held);
        *this.permit = None;
        Poll::Ready(Err(Error::TimedOut(elapsed)))
    }
}

impl<A: Access, O> std::fmt::Debug for Driving<A, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Driving").field(&self.permit).finish()
    }
}
