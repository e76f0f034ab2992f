use std::mem;
use std::num::NonZeroU32;

use super::access::Access;
use super::held::{Ends, Seen, Taken, emit_end, exit, measure};
use super::watch::Watch;
use crate::protection::Protection;
use crate::protection::sealed::Layers;
use crate::{Class, Exit, Token};

/// The places in bulkheads that a call keeps after its end was reported with
/// [`PermitVia::report`](super::PermitVia::report), or with the value of
/// [`GuardedVia::run_future_held`](super::GuardedVia::run_future_held). Dropping it frees them.
#[must_use = "a place that is dropped is free at once"]
pub struct Place<A: Access> {
    access: A,
    kept: Kept,
}

/// What of a call is kept after it has ended at the other layers. Small, since it is moved together with
/// the response.
pub struct Kept {
    /// A bit for each layer whose token is kept.
    layers: u8,
    /// The token of the innermost of them.
    token: Token,
    /// Those of the others, from inside out. Hardly any protection has more than one bulkhead.
    others: Vec<Token>,
    cost: NonZeroU32,
    seen: Seen,
    class: Class,
}

impl Kept {
    /// Ends a call at all layers but bulkheads.
    pub(super) fn after<A: Access>(
        access: &A,
        taken: &mut Taken<A::Protection>,
        class: Class,
    ) -> Self {
        access.ended(class.verdict);
        let (cost, seen) = (taken.cost, mem::take(&mut taken.seen));
        let (token, others) = (Token::default(), Vec::new());
        let kept = Self { layers: 0, token, others, cost, seen, class };
        // Frees what is kept if a layer panics.
        let mut place = kept.by(access);
        let kept = &mut place.kept;
        let exit = exit(access.driver(), class, cost);
        if access.watch() != Watch::Nothing {
            kept.end_watched(access, taken, &exit);
        } else {
            let protection = access.protection();
            kept.end(protection, taken, |index, token| protection.exit_at(index, token, &exit));
        }
        kept.take()
    }

    /// Ends a call by `end` at all layers but bulkheads, innermost first.
    #[inline(always)]
    fn end<P: Protection>(
        &mut self,
        protection: &P,
        taken: &mut Taken<P>,
        mut end: impl FnMut(usize, Token),
    ) {
        while let Some((index, token)) = taken.pop() {
            match protection.bulkheads() & (1 << index) {
                0 => end(index, token),
                bulkhead => self.push(bulkhead, token),
            }
        }
    }

    /// Keeps the token of a layer that is outside of all others.
    #[inline(always)]
    fn push(&mut self, bulkhead: u8, token: Token) {
        match self.layers {
            0 => self.token = token,
            _ => self.others.push(token),
        }
        self.layers |= bulkhead;
    }

    #[cold]
    #[inline(never)]
    fn end_watched<A: Access>(
        &mut self,
        access: &A,
        taken: &mut Taken<A::Protection>,
        exit: &Exit<'_>,
    ) {
        measure(access, &self.seen, exit);
        let mut ends = Ends::default();
        let end = |index, token| ends.end(access, index, token, exit);
        self.end(access.protection(), taken, end);
        ends.emit(access, &self.seen, exit);
        emit_end(access, &self.seen, exit);
    }

    /// Takes everything out, leaving nothing.
    #[inline(always)]
    fn take(&mut self) -> Self {
        let Self { token, cost, class, .. } = *self;
        let (layers, others) = (mem::take(&mut self.layers), mem::take(&mut self.others));
        Self { layers, token, others, cost, seen: mem::take(&mut self.seen), class }
    }

    /// Removes the innermost layer.
    #[inline(always)]
    fn pop(&mut self) -> Option<(usize, Token)> {
        let index = self.layers.checked_ilog2()?;
        self.layers &= !(1 << index);
        let token = self.token;
        if !self.others.is_empty() {
            self.token = self.others.remove(0);
        }
        Some((index as usize, token))
    }

    /// Keeps it by `access`, which frees it in the end.
    pub(super) fn by<A: Access>(self, access: A) -> Place<A> {
        Place { access, kept: self }
    }
}

impl<A: Access> Place<A> {
    /// Frees the places that are kept, innermost first.
    fn free(&mut self) {
        let Self { access, kept } = self;
        let exit = exit(access.driver(), kept.class, kept.cost);
        if access.driver().is_observed() {
            let mut ends = Ends::default();
            while let Some((index, token)) = kept.pop() {
                ends.end(access, index, token, &exit);
            }
            ends.emit(access, &kept.seen, &exit);
        } else {
            while let Some((index, token)) = kept.pop() {
                access.protection().exit_at(index, token, &exit);
            }
        }
    }
}

impl<A: Access> Drop for Place<A> {
    #[inline(always)]
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

        if self.kept.layers != 0 {
            let place = Others(self);
            place.0.free();
        }
    }
}

impl<A: Access> std::fmt::Debug for Place<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Place({})", self.access.protection().label())
    }
}
