use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use seawall_core::{
    Classify, Error, GuardedVia, HeldFuture, MaybeKey, Owned, Protection, RunFuture,
};
use tower_service::Service;

use crate::ready_call::ReadyCall;
use crate::{End, Outcome};

pin_project! {
    /// The future of a protected service: it enters, calls the inner service, and ends the call. Nothing in
    /// it is boxed, unless a layer makes the call wait.
    #[must_use = "futures do nothing unless polled"]
    pub struct ProtectFuture<S, R, P, K, C, M, O>
    where
        S: Service<R>,
        P: Protection,
        P: 'static,
    {
        #[pin]
        call: Call<S, R, P, K, C>,
        end: M,
        outcome: O,
    }
}

pin_project! {
    #[project = CallProjection]
    enum Call<S, R, P, K, C>
    where
        S: Service<R>,
        P: Protection,
        P: 'static,
    {
        /// It ends with the response.
        Plain { #[pin] run: RunFuture<'static, Owned<P>, K, C, ReadyCall<S, R>> },
        /// Its place is kept with the response.
        Held { #[pin] run: HeldFuture<'static, Owned<P>, K, C, ReadyCall<S, R>> },
    }
}

impl<S: Service<R>, R, P: Protection, K: MaybeKey, C, M, O> ProtectFuture<S, R, P, K, C, M, O>
where
    M: End<P, S::Response>,
{
    #[inline(always)]
    pub(crate) fn new<D>(
        call: GuardedVia<Owned<P>, K, D>,
        service: S,
        request: R,
        (classify, end, outcome): (C, M, O),
    ) -> Self {
        let (call, service) = (call.classify(classify), ReadyCall::new(service, request));
        let call = match M::KEEPS_PLACE {
            true => Call::Held { run: call.run_future_held(service) },
            false => Call::Plain { run: call.run_future(service) },
        };
        Self { call, end, outcome }
    }
}

impl<S, R, P, K, C, M, O> Future for ProtectFuture<S, R, P, K, C, M, O>
where
    S: Service<R>,
    P: Protection + 'static,
    K: MaybeKey + 'static,
    C: Classify<S::Response, S::Error>,
    M: End<P, S::Response>,
    O: Outcome<S::Response, S::Error>,
{
    type Output = Result<M::Response, O::Error>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = match this.call.project() {
            CallProjection::Plain { run } => ready!(run.poll(cx)).map(|response| (response, None)),
            CallProjection::Held { run } => ready!(run.poll(cx)),
        };
        Poll::Ready(match result {
            Ok((response, place)) => Ok(this.end.end(response, place)),
            Err(Error::Failed(error)) => Err(this.outcome.failed(error)),
            Err(Error::Refused(refusal)) => {
                let response = this.outcome.halted(Error::Refused(refusal));
                response.map(|response| this.end.end(response, None))
            }
            Err(Error::TimedOut(elapsed)) => {
                let response = this.outcome.halted(Error::TimedOut(elapsed));
                response.map(|response| this.end.end(response, None))
            }
        })
    }
}

impl<S: Service<R>, R, P: Protection, K, C, M, O> std::fmt::Debug
    for ProtectFuture<S, R, P, K, C, M, O>
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let run: &dyn std::fmt::Debug = match &self.call {
            Call::Plain { run } => run,
            Call::Held { run } => run,
        };
        f.debug_tuple("ProtectFuture").field(run).finish()
    }
}
