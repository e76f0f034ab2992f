//! What calls go through: protections by name, by handle and composed in code.

use seawall_core::{ByResult, GuardedVia, Lent, NoKey, Owned, PermitVia, Place, Stack};

use crate::AnyLayer;

mod compose;
mod handle;
mod into;
#[cfg(test)]
mod tests;

pub use self::compose::Composition;
pub use self::handle::Handle;
pub(crate) use self::into::sealed;
pub use self::into::{Classifiers, IntoProtection};

/// A call under a configured protection, to be described further and then run. It borrows the
/// [`Infrastructure`](crate::Infrastructure) or the [`Handle`] that it was made by.
pub type ProtectedCall<'i, K = NoKey, C = ByResult> = GuardedVia<Lent<'i, Stack<AnyLayer>>, K, C>;

/// A call under a configured protection that owns what it needs: its future and its permit are
/// `'static`.
pub type OwnedCall<K = NoKey, C = ByResult> = GuardedVia<Owned<Stack<AnyLayer>>, K, C>;

/// The permit of a [`ProtectedCall`].
pub type Permit<'i> = PermitVia<Lent<'i, Stack<AnyLayer>>>;

/// The permit of an [`OwnedCall`].
pub type OwnedPermit = PermitVia<Owned<Stack<AnyLayer>>>;

/// The places in bulkheads that an [`OwnedPermit`] keeps after its call's end was reported.
pub type OwnedPlace = Place<Owned<Stack<AnyLayer>>>;

/// One version of a protection: its layers and limits, and the driver that leads its calls.
pub(crate) type Snapshot = seawall_core::Handle<Stack<AnyLayer>>;

impl crate::swap::Same for Snapshot {
    fn is(&self, other: &Self) -> bool {
        self.is(other)
    }
}
