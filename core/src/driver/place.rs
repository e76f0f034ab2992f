use super::access::Access;
use super::held::{Ends, Held, Seen, emit_end, exit, measure};
use crate::protection::sealed::Layers;
use crate::{Class, Component};

/// The places in bulkheads that a call keeps after its end was reported with
/// [`PermitVia::report`](super::PermitVia::report). Dropping it frees them.
#[must_use = "a place that is dropped is free at once"]
pub struct Place<A: Access> {
    access: A,
    /// The tokens of the layers in `kept`.
    tokens: <A::Protection as Layers>::Tokens,
    /// A bit for each layer whose token is kept.
    kept: u8,
    cost: std::num::NonZeroU32,
    seen: Seen,
    class: Class,
}

impl<A: Access + Clone> Place<A> {
    /// Ends the call at all layers but bulkheads.
    pub(super) fn after(held: &mut Held<A>, class: Class) -> Self {
        held.access.ended(class.verdict);
        let access = held.access.clone();
        let tokens = access.protection().room();
        let (cost, seen) = (held.taken.cost, std::mem::take(&mut held.taken.seen));
        let mut place = Self { access, tokens, kept: 0, cost, seen, class };
        let exit = exit(held.access.driver(), class, cost);
        measure(&held.access, &place.seen, &exit);
        let mut ends = Ends::default();
        while let Some((index, token)) = held.taken.pop() {
            if held.access.protection().layer_at(index).component() == Component::Bulkhead {
                place.tokens.as_mut()[index] = token;
                place.kept |= 1 << index;
            } else {
                ends.end(&held.access, index, token, &exit);
            }
        }
        ends.emit(&held.access, &place.seen, &exit);
        emit_end(&held.access, &place.seen, &exit);
        place
    }
}

impl<A: Access> Place<A> {
    /// Frees the places that are kept, innermost first.
    fn free(&mut self) {
        let exit = exit(self.access.driver(), self.class, self.cost);
        let mut ends = Ends::default();
        while self.kept != 0 {
            let index = self.kept.ilog2();
            self.kept &= !(1 << index);
            let token = self.tokens.as_ref()[index as usize];
            ends.end(&self.access, index as usize, token, &exit);
        }
        ends.emit(&self.access, &self.seen, &exit);
    }
}

impl<A: Access> Drop for Place<A> {
    fn drop(&mut self) {
        /// Frees the others if a layer panics.
        struct Others<'p, A: Access>(&'p mut Place<A>);

        impl<A: Access> Drop for Others<'_, A> {
            fn drop(&mut self) {
                if self.0.kept != 0 {
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
