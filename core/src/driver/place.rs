use std::num::NonZeroU32;

use super::access::Access;
use super::held::{Ends, Seen, Taken, emit_end, exit, measure};
use crate::protection::Protection;
use crate::protection::sealed::Layers;
use crate::{Class, Component, Verdict};

/// The places in bulkheads that a call keeps after its end was reported with
/// [`PermitVia::report`](super::PermitVia::report). Dropping it frees them.
#[must_use = "a place that is dropped is free at once"]
pub struct Place<A: Access> {
    access: A,
    kept: Kept<A::Protection>,
}

/// What of a call is kept after it has ended at the other layers.
pub(super) struct Kept<P: Protection> {
    /// The tokens of the layers in `layers`.
    tokens: P::Tokens,
    /// A bit for each layer whose token is kept.
    layers: u8,
    cost: NonZeroU32,
    seen: Seen,
    class: Class,
}

impl<P: Protection> Kept<P> {
    /// Ends a call at all layers but bulkheads.
    pub(super) fn after<A: Access<Protection = P>>(
        access: &A,
        taken: &mut Taken<P>,
        class: Class,
    ) -> Self {
        access.ended(class.verdict);
        let protection = access.protection();
        let (cost, seen) = (taken.cost, std::mem::take(&mut taken.seen));
        let kept = Self { tokens: protection.room(), layers: 0, cost, seen, class };
        // Frees what is kept if a layer panics.
        let mut place = kept.by(access);
        let kept = &mut place.kept;
        let exit = exit(access.driver(), class, cost);
        measure(access, &kept.seen, &exit);
        let mut ends = Ends::default();
        while let Some((index, token)) = taken.pop() {
            if protection.layer_at(index).component() == Component::Bulkhead {
                kept.tokens.as_mut()[index] = token;
                kept.layers |= 1 << index;
            } else {
                ends.end(access, index, token, &exit);
            }
        }
        ends.emit(access, &kept.seen, &exit);
        emit_end(access, &kept.seen, &exit);
        std::mem::replace(kept, Self::nothing(protection))
    }

    /// Keeps nothing: the call had no layer.
    pub(super) fn nothing(protection: &P) -> Self {
        let (cost, seen, class) = (NonZeroU32::MIN, Seen::default(), Verdict::Success.into());
        Self { tokens: protection.room(), layers: 0, cost, seen, class }
    }

    /// Keeps it by `access`, which frees it in the end.
    pub(super) fn by<A: Access<Protection = P>>(self, access: A) -> Place<A> {
        Place { access, kept: self }
    }
}

impl<A: Access> Place<A> {
    /// Returns true if no place is kept: the protection has no bulkhead.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.layers == 0
    }

    /// Frees the places that are kept, innermost first.
    fn free(&mut self) {
        let Self { access, kept } = self;
        let exit = exit(access.driver(), kept.class, kept.cost);
        let mut ends = Ends::default();
        while kept.layers != 0 {
            let index = kept.layers.ilog2();
            kept.layers &= !(1 << index);
            let token = kept.tokens.as_ref()[index as usize];
            ends.end(access, index as usize, token, &exit);
        }
        ends.emit(access, &kept.seen, &exit);
    }
}

impl<A: Access> Drop for Place<A> {
    fn drop(&mut self) {
        /// Frees the others if a layer panics.
        struct Others<'p, A: Access>(&'p mut Place<A>);

        impl<A: Access> Drop for Others<'_, A> {
            fn drop(&mut self) {
                if self.0.kept.layers != 0 {
                    self.0.free();
                }
            }
        }

        let place = Others(self);
        place.0.free();
    }
}

impl<A: Access> std::fmt::Debug for Place<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Place({})", self.access.protection().label())
    }
}
