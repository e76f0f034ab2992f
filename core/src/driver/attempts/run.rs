use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::begin::BeginFirst;
use super::is_success;
use super::next::Attempts;
use crate::driver::access::Access;
use crate::driver::admission::Halt;
use crate::driver::cut::Cut;
use crate::driver::finish::Whole;
use crate::driver::guarded::MaybeKey;
use crate::driver::held::{Held, Taken};
use crate::driver::judge::Judge;
use crate::driver::request::Request;
use crate::driver::run::{Begun, begin, poll_cut, poll_suspended};
use crate::policy::Attempt;
use crate::protection::Protection;
use crate::time::Span;
use crate::{Class, Error};

/// What a call with several attempts is made of.
pub(super) struct Parts<A, K, C, J, F> {
    pub(super) request: Request<A, K>,
    pub(super) timeout: Span,
    pub(super) classify: C,
    pub(super) judge: J,
    pub(super) attempts: Attempts,
    pub(super) op: F,
}

/// How far the first attempt has come, when the rest of a call begins.
pub(super) enum First<P: Protection, V, E> {
    /// Nothing was asked yet.
    New,
    /// A layer makes it wait.
    Waits(Taken<P>, Box<Halt>),
    /// It is over, and was no success; with its class, if the operation ended by itself.
    Ended(Option<Class>, Result<V, Error<E>>),
}

pin_project! {
    /// A call that may take several attempts. The first one runs here, as that of a plain call does; what
    /// is not as simple is done by `rest`: waits, further attempts, copies, calls that are observed.
    ///
    /// The operation is declared first, so that it is dropped before its place is free.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct RunAttempts<A, K, C, J, F, O, M, R>
    where
        A: Access,
    {
        #[pin]
        operation: Option<O>,
        stage: Stage<A, K, C, J, F>,
        make_rest: M,
        #[pin]
        rest: Option<R>,
    }
}

enum Stage<A: Access, K, C, J, F> {
    /// Nothing has been asked yet; `None` if this part of the call is over.
    New(Option<Parts<A, K, C, J, F>>),
    Suspended(Suspended<A, K, C, J, F>),
}

/// A first attempt whose operation is suspended. Dropping it ends the attempt.
struct Suspended<A: Access, K, C, J, F> {
    parts: Option<Parts<A, K, C, J, F>>,
    taken: Option<Taken<A::Protection>>,
    cut: Option<Cut>,
}

impl<A: Access, K, C, J, F> Drop for Suspended<A, K, C, J, F> {
    fn drop(&mut self) {
        if let (Some(parts), Some(taken)) = (&self.parts, self.taken.take()) {
            drop(Held::attach(&parts.request.access, taken));
        }
    }
}

impl<A: Access, K, C, J, F, O, M, R> RunAttempts<A, K, C, J, F, O, M, R> {
    #[inline(always)]
    pub(super) fn new(parts: Parts<A, K, C, J, F>, make_rest: M) -> Self {
        Self { operation: None, stage: Stage::New(Some(parts)), make_rest, rest: None }
    }
}

impl<A, K, C, J, F, O, M, R> Future for RunAttempts<A, K, C, J, F, O, M, R>
where
    A: Access,
    K: MaybeKey,
    O: Future,
    F: FnMut(Attempt) -> O,
    J: Judge<C, O::Output>,
    M: Fn(Parts<A, K, C, J, F>, First<A::Protection, J::Value, J::Error>) -> R,
    R: Future<Output = Result<J::Value, Error<J::Error>>>,
{
    type Output = R::Output;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.as_mut().project();
        let Stage::New(new) = this.stage else { return self.resume(cx) };
        let Some(mut parts) = new.take() else { return self.poll_rest(cx) };
        let Parts { request, attempts, .. } = &parts;
        let is_observed = request.access.driver().is_observed();
        if is_observed || attempts.hedging(request, Attempt::FIRST).is_some() {
            return self.go_on(parts, First::New, cx);
        }
        let Parts { request, timeout, classify, judge, op, .. } = &mut parts;
        // Without observers, nothing tells attempts of a call apart before it needs a second one.
        let start = BeginFirst(op);
        let judge = |protection: &_, output| judge.judge(classify, protection, output);
        let begun =
            begin::<_, _, _, _, _, Whole>(request, *timeout, this.operation, start, judge, cx);
        match begun {
            Begun::Ended(class, result) => {
                self.end(parts, class, result.map(|(value, ())| value), cx)
            }
            Begun::Waits(_, taken, halt) => self.go_on(parts, First::Waits(taken, halt), cx),
            Begun::Suspended(taken, limit) => {
                let mut held = Held::attach(&parts.request.access, taken);
                let mut cut = limit.map(Cut::at);
                let polled = poll_cut(self.as_mut().project().operation, &mut held, &mut cut, cx);
                let taken = Some(held.detach());
                drop(held);
                if let Poll::Ready(elapsed) = polled {
                    return self.end(parts, None, Err(Error::TimedOut(elapsed)), cx);
                }
                let suspended = Suspended { parts: Some(parts), taken, cut };
                *self.project().stage = Stage::Suspended(suspended);
                Poll::Pending
            }
        }
    }
}

impl<A, K, C, J, F, O, M, R> RunAttempts<A, K, C, J, F, O, M, R>
where
    A: Access,
    K: MaybeKey,
    O: Future,
    F: FnMut(Attempt) -> O,
    J: Judge<C, O::Output>,
    M: Fn(Parts<A, K, C, J, F>, First<A::Protection, J::Value, J::Error>) -> R,
    R: Future<Output = Result<J::Value, Error<J::Error>>>,
{
    /// Polls a first attempt that was suspended.
    fn resume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<J::Value, Error<J::Error>>> {
        let this = self.as_mut().project();
        let Stage::Suspended(suspended) = this.stage else { unreachable!("looked at just now") };
        let (Some(parts), Some(taken)) = (&suspended.parts, suspended.taken.take()) else {
            unreachable!("BUG: a call is polled while it is polled")
        };
        let mut held = Held::attach(&parts.request.access, taken);
        let judge = |by: &_, output| parts.judge.judge(&parts.classify, by, output);
        let cut = &mut suspended.cut;
        let polled = poll_suspended::<_, _, _, _, Whole>(this.operation, &mut held, cut, judge, cx);
        let Poll::Ready((class, result)) = polled else {
            suspended.taken = Some(held.detach());
            return Poll::Pending;
        };
        drop(held);
        let parts = suspended.parts.take();
        *this.stage = Stage::New(None);
        let Some(parts) = parts else { unreachable!("looked at just now") };
        self.end(parts, class, result.map(|(value, ())| value), cx)
    }

    /// Ends the call after its first attempt, or makes further ones.
    #[inline(always)]
    fn end(
        self: Pin<&mut Self>,
        parts: Parts<A, K, C, J, F>,
        class: Option<Class>,
        result: Result<J::Value, Error<J::Error>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<J::Value, Error<J::Error>>> {
        let access = &parts.request.access;
        match access.policy() {
            Some(policy) if is_success(class) => policy.deposit(access.driver().clock()),
            Some(policy) if policy.has_retries() => {
                return self.go_on(parts, First::Ended(class, result), cx);
            }
            _ => {}
        }
        Poll::Ready(result)
    }

    /// Leaves what comes now to `rest`.
    #[cold]
    #[inline(never)]
    fn go_on(
        mut self: Pin<&mut Self>,
        parts: Parts<A, K, C, J, F>,
        first: First<A::Protection, J::Value, J::Error>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<J::Value, Error<J::Error>>> {
        let mut this = self.as_mut().project();
        let rest = (this.make_rest)(parts, first);
        this.rest.set(Some(rest));
        self.poll_rest(cx)
    }

    fn poll_rest(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<J::Value, Error<J::Error>>> {
        match self.project().rest.as_pin_mut() {
            Some(rest) => rest.poll(cx),
            None => panic!("a protected call was polled after it had completed"),
        }
    }
}
