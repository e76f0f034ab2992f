use std::future::Future;
use std::marker::PhantomData;

use super::limit::Limit;

/// Makes the operation's future once the call is admitted. Sealed.
pub trait Start {
    /// The operation.
    type Operation: Future;
    /// True if the operation keeps to its limit by itself, because only it knows whether what would
    /// be cut has begun.
    const KEEPS_LIMIT: bool = false;

    /// True if the call has the operation already.
    const IS_GIVEN: bool = false;

    /// Starts the operation; returns `None` if the call has it already.
    fn start(self, limit: Option<Limit>) -> Option<Self::Operation>;
}

/// Calls a closure for the operation.
pub struct Make<F>(pub(super) F);

impl<O: Future, F: FnOnce() -> O> Start for Make<F> {
    type Operation = O;

    #[inline(always)]
    fn start(self, _limit: Option<Limit>) -> Option<O> {
        Some((self.0)())
    }
}

/// An operation that exists already and does nothing before it is polled: the call has it from the
/// beginning, since moving one may cost more than asking the layers.
#[derive(Debug)]
pub struct Given<O>(pub(super) PhantomData<fn() -> O>);

impl<O: Future> Start for Given<O> {
    type Operation = O;
    const IS_GIVEN: bool = true;

    #[inline(always)]
    fn start(self, _limit: Option<Limit>) -> Option<O> {
        None
    }
}

/// Calls a closure with the limit, for an operation that keeps to it.
#[cfg(feature = "pool")]
pub(crate) struct MakeLimited<F>(pub(crate) F);

#[cfg(feature = "pool")]
impl<O: Future, F: FnOnce(Option<Limit>) -> O> Start for MakeLimited<F> {
    type Operation = O;
    const KEEPS_LIMIT: bool = true;

    fn start(self, limit: Option<Limit>) -> Option<O> {
        Some((self.0)(limit))
    }
}
