use std::future::Future;

use super::access::{Access, Either, Lent, Owned, sealed::Reach};
use super::fallback::emit;
use super::{GuardedVia, Handle, MaybeKey, NoKey};
use crate::dry_run::{InvalidShare, Share};
use crate::policy::{Attempt, Chance, Fallback};
use crate::protection::Protection;
use crate::{Classify, Error, Tick};

/// Another protection, whose calls replace errors: see [`Handle::with_fallback`].
///
/// It should share neither its pool nor its bulkhead nor its breaker with the protection that it replaces;
/// it would be refused together with it.
pub struct FallbackTo<P> {
    ends: Fallback,
    to: Owned<P>,
    share: Share,
    chance: Chance,
}

impl<P: Protection> FallbackTo<P> {
    /// Replaces errors that `ends` chooses by calls under `to`, with its timeout and deadline.
    #[must_use]
    pub fn new<C>(ends: Fallback, to: &Handle<P, C>) -> Self {
        let (share, chance) = (Share::default(), Chance::random());
        Self { ends, to: to.access.clone(), share, chance }
    }

    /// Sends this share of ordinary calls through the fallback, between 0 and 1, so that it is known to work.
    /// A fallback that is unused in calm has the whole load for the first time in an outage. Default: 0.
    ///
    /// # Errors
    /// If the share is not between 0 and 1.
    pub fn with_share(mut self, share: f64) -> Result<Self, InvalidShare> {
        self.share = Share::new(share)?;
        Ok(self)
    }

    /// Makes chance repeatable, for tests.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.chance = Chance::seeded(seed);
        self
    }

    /// Returns true if an ordinary call is to go through the fallback.
    fn has_next(&self) -> bool {
        self.share > Share::default() && self.share.includes(self.chance.next())
    }

    /// Describes a call under the fallback that ends at `deadline` at the latest.
    fn call(&self, deadline: Tick) -> GuardedVia<Lent<'_, P>, NoKey> {
        let Owned(shared) = &self.to;
        let lent = match shared.refusal {
            Some(_) => Either::Owned(self.to.clone()),
            None => Either::Borrowed(&**shared),
        };
        let call = GuardedVia::new(Lent(lent)).with_spans(shared.timeout, shared.deadline);
        call.deadline_at(deadline)
    }

    /// Describes the call under the fallback in place of an ordinary one, which has time left if it fails.
    fn ordinary_call(&self, deadline: Tick) -> GuardedVia<Lent<'_, P>, NoKey> {
        let now = self.to.driver().clock().now();
        match deadline {
            Tick::MAX => self.call(deadline),
            deadline => self.call(now + deadline.since(now) / 2),
        }
    }
}

impl<P: Protection> std::fmt::Debug for FallbackTo<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { ends, to, share, .. } = self;
        f.debug_struct("FallbackTo")
            .field("ends", ends)
            .field("to", to)
            .field("share", share)
            .finish_non_exhaustive()
    }
}

/// Another protected call in place of an error.
impl<A: Access + Clone, K: MaybeKey, C> GuardedVia<A, K, C> {
    /// Runs `op` like [`run_attempts`](Self::run_attempts), and if that ends with an error that the
    /// protection's fallback replaces, runs `replacement` under the fallback, within the time that is left
    /// until the deadline: see [`Handle::with_fallback`]. Without a fallback, `replacement` is not run.
    ///
    /// Layers and statistics see the real end, and so does the budget. Each use emits
    /// [`Topic::Fallback`](crate::Topic::Fallback). If a share of ordinary calls goes through the fallback,
    /// such a call runs `op` only if the fallback fails, and has at least half of its time for that.
    ///
    /// # Errors
    /// The call's own error, if it is not replaced, too little time is left, or the fallback refuses, fails
    /// or does not end in time.
    ///
    /// # Panics
    /// As [`run`](Self::run), and if `replacement` panics.
    pub async fn run_or_fallback<T, E, O, R, G>(
        self,
        op: impl FnMut(Attempt) -> O,
        replacement: impl FnOnce() -> R,
    ) -> Result<T, Error<E>>
    where
        O: Future<Output = Result<T, E>>,
        R: Future<Output = Result<T, G>>,
        C: Classify<T, E>,
    {
        let access = self.access().clone();
        let Some(fallback) = access.fallback() else { return self.run_attempts(op).await };
        let call = self.with_fixed_deadline();
        let deadline = call.ends_at();
        if fallback.has_next() {
            let result = fallback.ordinary_call(deadline).run(replacement).await;
            emit(&access, "share", result.is_ok());
            return match result {
                Ok(value) => Ok(value),
                Err(_) => call.run_attempts(op).await,
            };
        }
        let replacement = |_: &Error<E>| fallback.call(deadline).run(replacement);
        call.run_or_else(fallback.ends, op, replacement).await
    }

    /// Runs `op` like [`run_attempts_blocking`](Self::run_attempts_blocking), and `replacement` as
    /// [`run_or_fallback`](Self::run_or_fallback) does, on this thread.
    ///
    /// # Errors
    /// The call's own error, if it is not replaced, too little time is left, or the fallback refuses or
    /// fails.
    ///
    /// # Panics
    /// As [`run_blocking`](Self::run_blocking), and if `replacement` panics.
    pub fn run_or_fallback_blocking<T, E, G>(
        self,
        op: impl FnMut(Attempt) -> Result<T, E>,
        replacement: impl FnOnce() -> Result<T, G>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let access = self.access().clone();
        let Some(fallback) = access.fallback() else { return self.run_attempts_blocking(op) };
        let call = self.with_fixed_deadline();
        let deadline = call.ends_at();
        if fallback.has_next() {
            let result = fallback.ordinary_call(deadline).run_blocking(replacement);
            emit(&access, "share", result.is_ok());
            return result.or_else(|_| call.run_attempts_blocking(op));
        }
        let replacement = |_: &Error<E>| fallback.call(deadline).run_blocking(replacement);
        call.run_or_else_blocking(fallback.ends, op, replacement)
    }
}
