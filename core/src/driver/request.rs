use std::num::NonZeroU32;

use super::access::Access;
use super::guarded::MaybeKey;
use super::held::Held;
use crate::time::Span;
use crate::{Call, Refusal, Tick};

/// What a call asks its layers with.
pub(super) struct Request<A, K> {
    pub(super) access: A,
    pub(super) key: K,
    pub(super) cost: NonZeroU32,
    pub(super) max_wait: Span,
    /// The time from the call's begin to its deadline, if it has one of this kind.
    pub(super) within: Span,
    /// The time after which the answer is of no use; [`Tick::MAX`] if there is none.
    pub(super) deadline: Tick,
}

impl<A: Access, K: MaybeKey> Request<A, K> {
    /// Sets the deadline of a call that begins now. Returns the time, if the clock was read.
    ///
    /// # Errors
    /// If there is no time left, for the call or for an operation that has `timeout`, or every call is
    /// refused.
    #[inline(always)]
    pub(super) fn begin(&mut self, timeout: Span) -> Result<Option<Tick>, Refusal> {
        if let Some(read) = self.access.begun() {
            return Ok(read);
        }
        let is_limited = self.within.is_some() || self.deadline != Tick::MAX;
        if !is_limited && timeout != Span::ZERO && self.access.refusal().is_none() {
            return Ok(None);
        }
        self.begin_with_deadline(timeout)
    }

    #[inline(never)]
    fn begin_with_deadline(&mut self, timeout: Span) -> Result<Option<Tick>, Refusal> {
        if let Some(refusal) = self.access.refusal() {
            let mut nothing = Held::nothing(&self.access, self.cost);
            return Err(nothing.refuse_always(refusal.clone(), self.key.key()));
        }
        let now = self.access.driver().clock().now();
        self.deadline = self.within.after(now).min(self.deadline);
        if now < self.deadline && timeout != Span::ZERO {
            return Ok(Some(now));
        }
        let mut nothing = Held::nothing(&self.access, self.cost);
        Err(nothing.refuse_unasked(self.key.key()))
    }

    /// The same call once more, by another access to its protection.
    #[inline(always)]
    pub(super) fn again<B>(&self, access: B) -> Request<B, &K> {
        let Self { ref key, cost, max_wait, deadline, .. } = *self;
        Request { access, key, cost, max_wait, within: Span::NONE, deadline }
    }

    /// The call as its layers see it, with the time if the clock was `read`.
    #[inline(always)]
    pub(super) fn call(&self, read: Option<Tick>) -> Call<'_> {
        let call = Call::on(self.access.driver().clock(), read).with_cost(self.cost);
        let call = call.with_max_wait_span(self.max_wait).with_deadline(self.deadline);
        match self.key.key() {
            Some(key) => call.with_key(key),
            None => call,
        }
    }
}
