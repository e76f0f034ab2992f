use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::access::Access;
use super::admission::{self, Asked, Halt};
use super::cut::Cut;
use super::ending::PanicMark;
use super::entering::{Admitting, admitting};
use super::finish::{self, Finish, Give};
use super::guarded::MaybeKey;
use super::held::{Held, Taken};
use super::judge::Judge;
use super::limit::Limit;
use super::request::Request;
use super::start::{Given, Start};
use crate::protection::Protection;
use crate::time::Span;
use crate::{Class, Clock, Error};

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
        let stage = Stage::New(Some((request, start)));
        Self { operation: None, stage, timeout, classify, judge }
    }
}

impl<A: Access, K, C, J, O: Future> Run<'_, A, K, C, J, Given<O>> {
    /// Creates a call with an operation that does nothing before it is polled.
    #[inline(always)]
    pub(super) fn given(
        request: Request<A, K>,
        timeout: Span,
        classify: C,
        judge: J,
        operation: O,
    ) -> Self {
        let stage = Stage::New(Some((request, Given(PhantomData))));
        Self { operation: Some(operation), stage, timeout, classify, judge }
    }
}

impl<'a, A, K, C, J, S> Future for Run<'a, A, K, C, J, S>
where
    A: Access + 'a,
    K: MaybeKey + 'a,
    S: Start,
    J: Judge<C, <S::Operation as Future>::Output, Finish: Give<A>>,
{
    type Output = Outcome<A, C, J, <S::Operation as Future>::Output>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.as_mut().project();
        let Stage::New(new) = this.stage else { return self.resume(cx) };
        let Some((mut request, start)) = new.take() else {
            panic!("a protected call was polled after it had completed")
        };
        let judge = |protection: &_, output| this.judge.judge(this.classify, protection, output);
        let begun = begin::<_, _, _, _, _, J::Finish>(
            &mut request,
            *this.timeout,
            this.operation.as_mut(),
            start,
            judge,
            cx,
        );
        match begun {
            Begun::Ended(class, result, kept) => {
                if S::IS_GIVEN && class.is_none() {
                    this.operation.set(None);
                }
                Poll::Ready(J::Finish::output(result, kept, request.access))
            }
            Begun::Waits(start, taken, halt) => {
                let admitting = admitting(request, taken, halt);
                *this.stage = Stage::Pending(Pending::Waiting(start, admitting));
                self.resume(cx)
            }
            Begun::Suspended(taken, limit) => {
                let cut = limit.filter(|_| !S::KEEPS_LIMIT).map(Cut::at);
                let (held, is_limited) = (Held::attach(request.access, taken), cut.is_some());
                *this.stage = Stage::Pending(Pending::Suspended(held, cut));
                if is_limited { self.poll_alarm(cx) } else { Poll::Pending }
            }
        }
    }
}

/// What the caller of a call gets.
type Outcome<A, C, J, O> = finish::Given<
    A,
    <J as Judge<C, O>>::Finish,
    <J as Judge<C, O>>::Value,
    Error<<J as Judge<C, O>>::Error>,
>;

/// What came of the first poll of a call.
pub(super) enum Begun<P: Protection, S, V, E, K> {
    /// The call is over; with its class, if the operation ended by itself, and what is kept.
    Ended(Option<Class>, Result<V, Error<E>>, K),
    /// A layer makes the call wait.
    Waits(S, Taken<P>, Box<Halt>),
    /// The operation is suspended.
    Suspended(Taken<P>, Option<Limit>),
}

/// Asks the layers for a call and polls its operation once. All that the call holds is on the stack: an
/// operation that is ready at once is over before any of it need be kept.
#[inline(always)]
pub(super) fn begin<A: Access, K: MaybeKey, S: Start, V, E, F: Finish>(
    request: &mut Request<A, K>,
    timeout: Span,
    operation: Pin<&mut Option<S::Operation>>,
    start: S,
    judge: impl FnOnce(&A::Protection, <S::Operation as Future>::Output) -> (Class, Result<V, Error<E>>),
    cx: &mut Context<'_>,
) -> Begun<A::Protection, S, V, E, F::Kept> {
    let refused = |refusal| Begun::Ended(None, Err(Error::Refused(refusal)), F::Kept::default());
    let read = match request.begin(timeout) {
        Ok(read) => read,
        Err(refusal) => return refused(refusal),
    };
    let mut held = Held::nothing(&request.access, request.cost);
    let mut call = request.call(read);
    let read = match admission::ask(&mut held, &mut call) {
        Asked::Admitted(read) => read,
        Asked::Refused(refusal) => return refused(refusal),
        Asked::Wait(halt) => return Begun::Waits(start, held.detach(), halt),
    };
    let protection = request.access.protection();
    let clock = request.access.driver().clock();
    let limit = Limit::new(clock, timeout, request.deadline, read);
    if limit.is_some_and(Limit::is_over) {
        return refused(held.refuse_late());
    }
    let mark = PanicMark::set(&mut held.taken.panicked);
    let mut operation = DropFirst(operation);
    if let Some(started) = start.start(limit) {
        operation.0.set(Some(started));
    }
    let polled = poll(operation.0.as_mut(), cx);
    if let Poll::Ready(output) = polled {
        operation.0.set(None);
        mem::forget(operation);
        let (class, result) = judge(protection, output);
        mark.clear();
        let kept = held.finish::<F, _, _>(class, &result);
        return Begun::Ended(Some(class), result, kept);
    }
    mem::forget(operation);
    mark.clear();
    Begun::Suspended(held.detach(), limit)
}

/// Polls an operation that was suspended, and judges its output. If either panics, `panicked` stays set.
#[inline(always)]
pub(super) fn poll_judged<O: Future, R>(
    operation: Pin<&mut Option<O>>,
    panicked: &mut bool,
    judge: impl FnOnce(O::Output) -> R,
    cx: &mut Context<'_>,
) -> Poll<R> {
    let mark = PanicMark::set(panicked);
    let mut operation = DropFirst(operation);
    let polled = poll(operation.0.as_mut(), cx);
    if polled.is_ready() {
        operation.0.set(None);
    }
    mem::forget(operation);
    let judged = polled.map(judge);
    mark.clear();
    judged
}

/// Drops a suspended operation if its time is over.
#[inline(always)]
pub(super) fn poll_cut<O>(
    operation: Pin<&mut Option<O>>,
    panicked: &mut bool,
    cut: &mut Cut,
    clock: &Clock,
    cx: &mut Context<'_>,
) -> Poll<()> {
    let mut operation = DropFirst(operation);
    let polled = cut.poll_due(clock, cx);
    if polled.is_ready() {
        let mark = PanicMark::set(panicked);
        operation.0.set(None);
        mark.clear();
    }
    mem::forget(operation);
    polled
}

impl<'a, A, K, C, J, S> Run<'a, A, K, C, J, S>
where
    A: Access + 'a,
    K: MaybeKey + 'a,
    S: Start,
    J: Judge<C, <S::Operation as Future>::Output, Finish: Give<A>>,
{
    /// Polls a call that was suspended.
    fn resume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Outcome<A, C, J, <S::Operation as Future>::Output>> {
        let mut this = self.as_mut().project();
        if let Stage::Pending(Pending::Waiting(_, admitting)) = this.stage {
            let admitted = ready!(admitting.as_mut().poll(cx));
            let stage = mem::replace(this.stage, Stage::New(None));
            let Stage::Pending(Pending::Waiting(start, _)) = stage else {
                unreachable!("looked at just now")
            };
            let admitted = admitted.and_then(|(mut held, deadline)| {
                match Limit::new(held.access.driver().clock(), *this.timeout, deadline, None) {
                    Some(limit) if limit.is_over() => Err(held.refuse_late()),
                    limit => Ok((held, limit)),
                }
            });
            let (mut held, limit) = match admitted {
                Ok(admitted) => admitted,
                Err(refusal) => {
                    this.operation.set(None);
                    return Poll::Ready(Err(Error::Refused(refusal)));
                }
            };
            let mark = PanicMark::set(&mut held.taken.panicked);
            if let Some(started) = start.start(limit) {
                this.operation.set(Some(started));
            }
            mark.clear();
            let cut = limit.filter(|_| !S::KEEPS_LIMIT).map(Cut::at);
            *this.stage = Stage::Pending(Pending::Suspended(held, cut));
        }
        let Stage::Pending(Pending::Suspended(held, cut)) = this.stage else {
            unreachable!("it is polled only while it waits or runs")
        };
        let Held { access, taken } = &mut *held;
        let judge = |output| this.judge.judge(this.classify, access.protection(), output);
        let operation = this.operation.as_mut();
        let Poll::Ready((class, result)) = poll_judged(operation, &mut taken.panicked, judge, cx)
        else {
            return if cut.is_some() { self.poll_alarm(cx) } else { Poll::Pending };
        };
        let kept = J::Finish::finish(held, class, &result);
        let output = J::Finish::output_of(result, kept, &held.access);
        *this.stage = Stage::New(None);
        Poll::Ready(output)
    }

    /// Cuts the operation if its time is over.
    fn poll_alarm<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, Error<J::Error>>> {
        let this = self.project();
        let Stage::Pending(Pending::Suspended(held, Some(cut))) = this.stage else {
            unreachable!("it was suspended just now, with a limit")
        };
        let (clock, panicked) = (held.access.driver().clock(), &mut held.taken.panicked);
        ready!(poll_cut(this.operation, panicked, cut, clock, cx));
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
