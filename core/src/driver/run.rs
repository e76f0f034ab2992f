use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::access::Access;
use super::admission::{self, Asked};
use super::cut::Cut;
use super::ending::PanicMark;
use super::entering::{Admitting, admitting};
use super::guarded::MaybeKey;
use super::held::Held;
use super::judge::Judge;
use super::limit::Limit;
use super::request::Request;
use super::start::Start;
use crate::Error;
use crate::time::Span;

pin_project! {
    /// A protected call: asks the layers, runs the operation, and tells the layers how it ended.
    ///
    /// The operation is declared before what the call holds, so that a dropped call first drops the
    /// operation and then frees its place.
    #[must_use = "futures do nothing unless polled"]
    pub struct Run<'a, A, K, C, J, S>
    where
        A: Access,
        S: Start,
    {
        #[pin]
        operation: Option<S::Operation>,
        stage: Stage<'a, A, K, S>,
        timeout: Span,
        classify: C,
        judge: J,
    }
}

enum Stage<'a, A: Access, K, S> {
    /// Nothing has been asked yet; `None` if the call is over. Taken out of an option, since moving the
    /// whole stage costs more.
    New(Option<(Request<A, K>, S)>),
    Pending(Pending<'a, A, S>),
}

/// A call that was polled and is not over. An enum of its own, so that dropping a call that never came
/// to that is a test of one byte.
enum Pending<'a, A: Access, S> {
    /// A layer makes the call wait. The operation is first, so that it is dropped first.
    Waiting(S, Admitting<'a, A>),
    /// The operation is suspended.
    Suspended(Held<A>, Option<Cut>),
}

impl<A: Access, K, C, J, S: Start> Run<'_, A, K, C, J, S> {
    #[inline(always)]
    pub(super) fn new(
        request: Request<A, K>,
        timeout: Span,
        classify: C,
        judge: J,
        start: S,
    ) -> Self {
        Self {
            operation: None,
            stage: Stage::New(Some((request, start))),
            timeout,
            classify,
            judge,
        }
    }
}

impl<A: Access, K, C, J, S: Start> Run<'_, A, K, C, J, S> {
    /// Returns what judges the operation's output.
    #[inline(always)]
    pub(super) fn judge(&self) -> &J {
        &self.judge
    }
}

impl<'a, A, K, C, J, S> Future for Run<'a, A, K, C, J, S>
where
    A: Access + 'a,
    K: MaybeKey + 'a,
    S: Start,
    J: Judge<C, <S::Operation as Future>::Output>,
{
    type Output = Result<J::Value, Error<J::Error>>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.as_mut().project();
        let Stage::New(new) = this.stage else { return self.resume(cx) };
        let Some((mut request, start)) = new.take() else {
            panic!("a protected call was polled after it had completed")
        };
        let read = match request.begin(*this.timeout) {
            Ok(read) => read,
            Err(refusal) => return Poll::Ready(Err(Error::Refused(refusal))),
        };
        // All that the call holds is on the stack: an operation that is ready at once is over before
        // any of it need be kept.
        let mut held = Held::nothing(&request.access, request.cost);
        let mut call = request.call(read);
        let read = match admission::ask(&mut held, &mut call) {
            Asked::Admitted(read) => read,
            Asked::Refused(refusal) => return Poll::Ready(Err(Error::Refused(refusal))),
            Asked::Wait(halt) => {
                let taken = held.detach();
                drop(held);
                let admitting = admitting(request, taken, halt);
                *this.stage = Stage::Pending(Pending::Waiting(start, admitting));
                return self.resume(cx);
            }
        };
        let protection = request.access.protection();
        let clock = request.access.driver().clock();
        let limit = Limit::new(clock, *this.timeout, request.deadline, read);
        if limit.is_some_and(Limit::is_over) {
            return Poll::Ready(Err(Error::Refused(held.refuse_late())));
        }
        let mark = PanicMark::set(&mut held.taken.panicked);
        let mut operation = DropFirst(this.operation.as_mut());
        operation.0.set(Some(start.start(limit)));
        let polled = poll(operation.0.as_mut(), cx);
        if let Poll::Ready(output) = polled {
            operation.0.set(None);
            mem::forget(operation);
            let (class, result) = this.judge.judge(this.classify, protection, output);
            mark.clear();
            held.finish(class, matches!(result, Err(Error::TimedOut(_))));
            return Poll::Ready(result);
        }
        mem::forget(operation);
        mark.clear();
        let taken = held.detach();
        drop(held);
        let cut = limit.filter(|_| !S::KEEPS_LIMIT).map(Cut::at);
        let held = Held::attach(request.access, taken);
        *this.stage = Stage::Pending(Pending::Suspended(held, cut));
        self.poll_alarm(cx)
    }
}

impl<'a, A, K, C, J, S> Run<'a, A, K, C, J, S>
where
    A: Access + 'a,
    K: MaybeKey + 'a,
    S: Start,
    J: Judge<C, <S::Operation as Future>::Output>,
{
    /// Polls a call that was suspended.
    fn resume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<J::Value, Error<J::Error>>> {
        let mut this = self.as_mut().project();
        if let Stage::Pending(Pending::Waiting(_, admitting)) = this.stage {
            let admitted = ready!(admitting.as_mut().poll(cx));
            let stage = mem::replace(this.stage, Stage::New(None));
            let Stage::Pending(Pending::Waiting(start, _)) = stage else {
                unreachable!("looked at just now")
            };
            let (mut held, deadline) = match admitted {
                Ok(admitted) => admitted,
                Err(refusal) => return Poll::Ready(Err(Error::Refused(refusal))),
            };
            let limit = Limit::new(held.access.driver().clock(), *this.timeout, deadline, None);
            if limit.is_some_and(Limit::is_over) {
                return Poll::Ready(Err(Error::Refused(held.refuse_late())));
            }
            let mark = PanicMark::set(&mut held.taken.panicked);
            this.operation.set(Some(start.start(limit)));
            mark.clear();
            let cut = limit.filter(|_| !S::KEEPS_LIMIT).map(Cut::at);
            *this.stage = Stage::Pending(Pending::Suspended(held, cut));
        }
        let Stage::Pending(Pending::Suspended(held, _)) = this.stage else {
            unreachable!("it is polled only while it waits or runs")
        };
        let mark = PanicMark::set(&mut held.taken.panicked);
        let polled = poll(this.operation.as_mut(), cx);
        let Poll::Ready(output) = polled else {
            mark.clear();
            return self.poll_alarm(cx);
        };
        this.operation.set(None);
        let protection = held.access.protection();
        let (class, result) = this.judge.judge(this.classify, protection, output);
        mark.clear();
        held.settle(class, matches!(result, Err(Error::TimedOut(_))));
        *this.stage = Stage::New(None);
        Poll::Ready(result)
    }

    /// Cuts the operation if its time is over.
    fn poll_alarm<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, Error<J::Error>>> {
        let mut this = self.project();
        let Stage::Pending(Pending::Suspended(held, Some(cut))) = this.stage else {
            return Poll::Pending;
        };
        ready!(cut.poll_due(held.access.driver().clock(), cx));
        let mark = PanicMark::set(&mut held.taken.panicked);
        this.operation.set(None);
        mark.clear();
        let elapsed = cut.end(held);
        *this.stage = Stage::New(None);
        Poll::Ready(Err(Error::TimedOut(elapsed)))
    }
}

#[inline(always)]
fn poll<O: Future>(operation: Pin<&mut Option<O>>, cx: &mut Context<'_>) -> Poll<O::Output> {
    match operation.as_pin_mut() {
        Some(operation) => operation.poll(cx),
        None => unreachable!("it was started and has not ended"),
    }
}

/// Drops an operation that panics in its first poll before what the call holds, so that its place is
/// free only when the operation is gone.
struct DropFirst<'o, O>(Pin<&'o mut Option<O>>);

impl<O> Drop for DropFirst<'_, O> {
    #[cold]
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl<A: Access, K, C, J, S: Start> std::fmt::Debug for Run<'_, A, K, C, J, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stage = match self.stage {
            Stage::New(Some(_)) => "not polled yet",
            Stage::Pending(Pending::Waiting(..)) => "waiting to be admitted",
            Stage::Pending(Pending::Suspended(..)) => "running",
            Stage::New(None) => "completed",
        };
        f.debug_tuple("Run").field(&stage).finish()
    }
}
