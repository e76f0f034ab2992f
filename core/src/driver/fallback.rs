//! Calls whose errors are replaced by something else.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use super::access::Access;
use super::context::Context;
use super::{GuardedVia, MaybeKey};
use crate::policy::{Attempt, Fallback};
use crate::protection::sealed::Layers;
use crate::{Class, Classify, Component, Deadline, Detail, Error, Tick, Topic, Verdict};

/// A classifier that keeps whether the last answer was that the service is overloaded.
struct Noting<'s, C> {
    classify: C,
    is_overloaded: &'s AtomicBool,
}

impl<T, E, C: Classify<T, E>> Classify<T, E> for Noting<'_, C> {
    fn classify(&self, result: &Result<T, E>) -> Class {
        let class = self.classify.classify(result);
        self.is_overloaded.store(class.verdict == Verdict::Overload, Ordering::Relaxed);
        class
    }
}

/// What is needed to replace an error, when the call has ended.
struct Replacing<A> {
    fallback: Fallback,
    access: A,
    deadline: Tick,
}

impl<A: Access> Replacing<A> {
    /// Returns true if `error` is to be replaced, and there is time for it.
    fn replaces<E>(&self, error: &Error<E>, is_overloaded: bool) -> bool {
        let is_chosen = match error {
            Error::Refused(_) => self.fallback.refused,
            Error::TimedOut(_) => self.fallback.timed_out,
            Error::Failed(_) if is_overloaded => self.fallback.overload,
            Error::Failed(_) => self.fallback.failed,
        };
        let clock = self.access.driver().clock();
        is_chosen
            && (self.deadline == Tick::MAX || clock.now() + self.fallback.min <= self.deadline)
    }

    /// Returns the replacement, or the first error if that has failed too. Emits either.
    fn replaced<T, E, G>(
        &self,
        error: Error<E>,
        is_overloaded: bool,
        replacement: Option<Result<T, G>>,
    ) -> Result<T, Error<E>> {
        let replaced = match &error {
            Error::Failed(_) if is_overloaded => Verdict::Overload.as_str(),
            error => error.outcome(),
        };
        emit(&self.access, replaced, matches!(replacement, Some(Ok(_))));
        match replacement {
            Some(Ok(value)) => Ok(value),
            _ => Err(error),
        }
    }
}

/// Emits that the fallback of a call was used.
pub(super) fn emit(access: &impl Access, replaced: &'static str, succeeded: bool) {
    let label = access.protection().label();
    let protection = Some(label).filter(|label| label.component() == Component::Protection);
    let context = Context { protection, ..Context::NONE };
    let detail = || Detail::Fallback { replaced, succeeded };
    access.driver().emit_in(context, Topic::Fallback, label, detail);
}

/// Something in place of an error.
impl<A: Access + Clone, K: MaybeKey, C> GuardedVia<A, K, C> {
    /// Runs `op` like [`run_attempts`](Self::run_attempts), and if that ends with an error that `fallback`
    /// replaces, runs `replacement` within the time that is left until the deadline.
    ///
    /// `replacement` returns a value, a value made of the error, or another protected call. Layers and
    /// statistics see the real end: what it returns never counts as a success of theirs. Each use emits
    /// [`Topic::Fallback`].
    ///
    /// # Errors
    /// The call's own error, if it is not replaced, too little time is left, or the replacement fails or
    /// does not end in time.
    ///
    /// # Panics
    /// As [`run`](Self::run), and if `replacement` panics.
    pub async fn run_or_else<T, E, O, G>(
        self,
        fallback: Fallback,
        op: impl FnMut(Attempt) -> O,
        replacement: impl AsyncFnOnce(&Error<E>) -> Result<T, G>,
    ) -> Result<T, Error<E>>
    where
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E>,
    {
        let is_overloaded = AtomicBool::new(false);
        let (call, replacing) = self.replacing(fallback, &is_overloaded);
        let error = match call.run_attempts(op).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let is_overloaded = is_overloaded.load(Ordering::Relaxed);
        if !replacing.replaces(&error, is_overloaded) {
            return Err(error);
        }
        let deadline = Deadline::new(replacing.access.driver().clock(), replacing.deadline);
        let replacement = deadline.cut(replacement(&error)).await;
        replacing.replaced(error, is_overloaded, replacement)
    }

    /// Runs `op` like [`run_attempts_blocking`](Self::run_attempts_blocking), and `replacement` as
    /// [`run_or_else`](Self::run_or_else) does. A thread cannot be cut: a replacement that takes longer
    /// than the deadline is returned all the same.
    ///
    /// # Errors
    /// The call's own error, if it is not replaced, too little time is left, or the replacement fails.
    ///
    /// # Panics
    /// As [`run_blocking`](Self::run_blocking), and if `replacement` panics.
    pub fn run_or_else_blocking<T, E, G>(
        self,
        fallback: Fallback,
        op: impl FnMut(Attempt) -> Result<T, E>,
        replacement: impl FnOnce(&Error<E>) -> Result<T, G>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let is_overloaded = AtomicBool::new(false);
        let (call, replacing) = self.replacing(fallback, &is_overloaded);
        let error = match call.run_attempts_blocking(op) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let is_overloaded = is_overloaded.load(Ordering::Relaxed);
        if !replacing.replaces(&error, is_overloaded) {
            return Err(error);
        }
        let replacement = replacement(&error);
        replacing.replaced(error, is_overloaded, Some(replacement))
    }

    /// Fixes the deadline of the call, which is that of its replacement too.
    fn replacing<'s>(
        self,
        fallback: Fallback,
        is_overloaded: &'s AtomicBool,
    ) -> (GuardedVia<A, K, Noting<'s, C>>, Replacing<A>) {
        let call = self.with_fixed_deadline();
        let (access, deadline) = (call.access().clone(), call.ends_at());
        let call = call.map_classify(|classify| Noting { classify, is_overloaded });
        (call, Replacing { fallback, access, deadline })
    }
}
