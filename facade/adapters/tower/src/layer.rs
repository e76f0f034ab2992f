use std::convert::Infallible;
use std::sync::Arc;

use seawall_core::{Error, Keep, KeyParts};
use seawall_http::HttpStatus;
use tower_layer::Layer;

use crate::describe::{Costing, Keyed, Plain};
use crate::{AsError, Boxed, Protect, RespondWith, UntilBody, UntilResponse};

/// A layer that sends each request through a protection: a `seawall::Handle`, or a
/// [`Handle`](seawall_core::Handle) of core.
///
/// All services that it makes share the protection, whenever they are made. The handle that it was made of
/// shows and controls it. Functions of the request, and the classifier, are cloned for each call.
#[derive(Clone, Copy, Debug)]
pub struct ProtectLayer<H, D = Plain, C = <H as Keep>::Classify, M = UntilResponse, O = AsError>
where
    H: Keep,
{
    pub(crate) handle: H,
    pub(crate) describe: D,
    pub(crate) classify: C,
    pub(crate) end: M,
    pub(crate) outcome: O,
}

impl<H: Keep<Classify: Clone>> ProtectLayer<H> {
    /// Creates a layer. The handle's classifier judges the results.
    pub fn new(handle: H) -> Self {
        let classify = handle.classifier().clone();
        Self { handle, describe: Plain, classify, end: UntilResponse, outcome: AsError }
    }
}

impl<H: Keep, D, C, M, O> ProtectLayer<H, D, C, M, O> {
    /// Sets the key of each request, for limits and circuits per key.
    pub fn key<R, K: KeyParts, F: Fn(&R) -> K>(
        self,
        key: F,
    ) -> ProtectLayer<H, Keyed<D, F>, C, M, O> {
        let Self { handle, describe: others, classify, end, outcome } = self;
        ProtectLayer { handle, describe: Keyed::new(others, key), classify, end, outcome }
    }

    /// Sets the number of tokens that each request costs; 1 by default.
    pub fn cost<R, F: Fn(&R) -> u32>(self, cost: F) -> ProtectLayer<H, Costing<D, F>, C, M, O> {
        let Self { handle, describe: others, classify, end, outcome } = self;
        ProtectLayer { handle, describe: Costing::new(others, cost), classify, end, outcome }
    }

    /// Judges results by `classify` in place of the handle's classifier: a function of
    /// `&Result<Response, Error>` that returns a `Verdict` or a `Class`.
    pub fn classify<N>(self, classify: N) -> ProtectLayer<H, D, N, M, O> {
        let Self { handle, describe, end, outcome, .. } = self;
        ProtectLayer { handle, describe, classify, end, outcome }
    }

    /// For HTTP: judges responses by their status, as [`HttpStatus`] says, and keeps a call's place until
    /// its response's body has ended or was dropped. The bodies of responses become
    /// [`HeldBody`](crate::HeldBody).
    pub fn http(self) -> ProtectLayer<H, D, HttpStatus, UntilBody, O> {
        let Self { handle, describe, outcome, .. } = self;
        ProtectLayer { handle, describe, classify: HttpStatus, end: UntilBody, outcome }
    }

    /// Frees a call's place when there is a response, whatever its body does: for bodies that go on for
    /// ever, as server-sent events.
    pub fn until_headers(self) -> ProtectLayer<H, D, C, UntilResponse, O> {
        self.end(UntilResponse)
    }

    /// Ends calls by `end`.
    pub fn end<N>(self, end: N) -> ProtectLayer<H, D, C, N, O> {
        let Self { handle, describe, classify, outcome, .. } = self;
        ProtectLayer { handle, describe, classify, end, outcome }
    }

    /// Returns errors as a `BoxError` with a `Refusal`, an `Elapsed` or the service's own error in it, to be
    /// found by `downcast_ref`.
    pub fn boxed(self) -> ProtectLayer<H, D, C, M, Boxed> {
        self.outcome(Boxed)
    }

    /// Answers refused and cut requests with the response that `respond` makes of the error, and leaves the
    /// service's own error as it is.
    pub fn respond_with<R, F: Fn(Error<Infallible>) -> R>(
        self,
        respond: F,
    ) -> ProtectLayer<H, D, C, M, RespondWith<F>> {
        self.outcome(RespondWith(respond))
    }

    fn outcome<N>(self, outcome: N) -> ProtectLayer<H, D, C, M, N> {
        let Self { handle, describe, classify, end, .. } = self;
        ProtectLayer { handle, describe, classify, end, outcome }
    }
}

impl<S, H: Keep, D: Clone, C: Clone, M: Clone, O: Clone> Layer<S> for ProtectLayer<H, D, C, M, O> {
    type Service = Protect<S, H, D, C, M, O>;

    fn layer(&self, inner: S) -> Self::Service {
        Protect { inner, layer: Arc::new(self.clone()) }
    }
}
