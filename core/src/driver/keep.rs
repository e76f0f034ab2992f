use super::access::Owned;
use super::guarded::{GuardedVia, NoKey};
use super::handle::Handle;
use crate::protection::Protection;

/// A protection that code keeps: what adapters for services, clients and servers take. [`Handle`]
/// implements it, and so does `seawall::Handle`, whose settings may change while it is kept.
pub trait Keep: Clone + Send + Sync + 'static {
    /// The layers that calls go through.
    type Protection: Protection + 'static;
    /// The classifier of calls that bring none of their own.
    type Classify;

    /// Returns that classifier.
    fn classifier(&self) -> &Self::Classify;

    /// Describes a call that owns what it needs.
    fn owned_call(&self) -> GuardedVia<Owned<Self::Protection>, NoKey, Self::Classify>;
}

impl<P: Protection + 'static, C: Clone + Send + Sync + 'static> Keep for Handle<P, C> {
    type Protection = P;
    type Classify = C;

    fn classifier(&self) -> &C {
        &self.classify
    }

    #[inline(always)]
    fn owned_call(&self) -> GuardedVia<Owned<P>, NoKey, C> {
        self.owned()
    }
}
