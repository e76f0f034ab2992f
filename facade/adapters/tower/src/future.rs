use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use seawall_core::{
    Classify, Driving, Entering, Error, GuardedVia, MaybeKey, Owned, Protection, RunFuture,
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
        stage: Stage<S, R, P, K, C>,
        end: M,
        outcome: O,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<S, R, P, K, C>
    where
        S: Service<R>,
        P: Protection,
        P: 'static,
    {
        /// The whole of a call that ends with the response.
        Running { #[pin] run: RunFuture<'static, Owned<P>, K, C, ReadyCall<S, R>> },
        Entering { entering: Entering<'static, Owned<P>, K>, call: Option<(S, R, C)> },
        Called { #[pin] driving: Driving<Owned<P>, ReadyCall<S, R>>, classify: C },
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
        let stage = match M::AT_ONCE {
            true => {
                let call = call.classify(classify);
                Stage::Running { run: call.run_future(ReadyCall::new(service, request)) }
            }
            false => Stage::Entering {
                entering: call.acquire(),
                call: Some((service, request, classify)),
            },
        };
        Self { stage, end, outcome }
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
        let mut this = self.project();
        let halted =
            |error| this.outcome.halted(error).map(|response| this.end.without_permit(response));
        if let StageProjection::Running { run } = this.stage.as_mut().project() {
            return Poll::Ready(match ready!(run.poll(cx)) {
                Ok(response) => Ok(this.end.without_permit(response)),
                Err(Error::Failed(error)) => Err(this.outcome.failed(error)),
                Err(Error::Refused(refusal)) => halted(Error::Refused(refusal)),
                Err(Error::TimedOut(elapsed)) => halted(Error::TimedOut(elapsed)),
            });
        }
        if let StageProjection::Entering { entering, call } = this.stage.as_mut().project() {
            let permit = match ready!(Pin::new(entering).poll(cx)) {
                Ok(permit) => permit,
                Err(refusal) => return Poll::Ready(halted(Error::Refused(refusal))),
            };
            let (service, request, classify) = call.take().expect("BUG: a call enters once");
            let driving = permit.drive(ReadyCall::new(service, request));
            this.stage.set(Stage::Called { driving, classify });
        }
        let StageProjection::Called { driving, classify } = this.stage.project() else {
            unreachable!("it was called just now")
        };
        let (result, permit) = match ready!(driving.poll(cx)) {
            Ok(ended) => ended,
            Err(error) => return Poll::Ready(halted(error)),
        };
        let class = classify.classify(&result);
        Poll::Ready(match result {
            Ok(response) => Ok(this.end.end(permit, class, response)),
            Err(error) => {
                permit.settle(class);
                Err(this.outcome.failed(error))
            }
        })
    }
}

impl<S: Service<R>, R, P: Protection, K, C, M, O> std::fmt::Debug
    for ProtectFuture<S, R, P, K, C, M, O>
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stage: &dyn std::fmt::Debug = match &self.stage {
            Stage::Running { run } => run,
            Stage::Entering { entering, .. } => entering,
            Stage::Called { driving, .. } => driving,
        };
        f.debug_tuple("ProtectFuture").field(stage).finish()
    }
}
