//! Calls that may take several attempts.

use std::future::Future;

use super::access::Access;
use super::blocking;
use super::guarded::{GuardedVia, MaybeKey};
use super::judge::{Judge, Nested, Plain};
use super::place::Place;
use super::request::Request;
use crate::policy::{Attempt, Extra, Policy};
use crate::time::Span;
use crate::{Class, Classify, Error, Verdict};

mod access;
mod begin;
mod hedged;
mod lane;
mod next;
mod places;
mod run;
mod whole;

pub use self::access::{InAttempt, WithPolicy};
use self::lane::Parts;
use self::next::Attempts;
use self::places::Places;
use self::run::RunAttempts;
use self::whole::{Guarding, Whole};

impl<A: Access, K, C> GuardedVia<A, K, C> {
    /// Sets the policy of the call, in place of that of the handle.
    #[inline(always)]
    pub fn policy(self, policy: &Policy) -> GuardedVia<WithPolicy<'_, A>, K, C> {
        self.limited_by(policy).map_access(|access| WithPolicy { access, policy })
    }
}

impl<A: Access, K: MaybeKey, C> GuardedVia<A, K, C> {
    /// Runs `op` like [`run`](Self::run), and runs it again as the call's policy says: see
    /// [`Retry`](crate::policy::Retry). Without a policy there is one attempt.
    ///
    /// Each attempt passes all layers anew, with the call's cost, and has the timeout for itself; the
    /// deadline limits all of them and the waits between them. Only a call that may be repeated is, so say
    /// [`idempotent`](Self::idempotent). The caller gets the outcome of the last attempt as it is.
    ///
    /// Dropping the future cancels the attempt or the wait; an extra call that was not sent goes back to
    /// the budget.
    ///
    /// # Errors
    /// As [`run`](Self::run), of the last attempt.
    ///
    /// # Panics
    /// As [`run`](Self::run). An attempt that panics is the last one.
    #[inline(always)]
    pub fn run_attempts<'a, T, E, O>(
        self,
        op: impl FnMut(Attempt) -> O,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        A: 'a,
        K: 'a,
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E>,
    {
        let attempts = Attempts::new(self.flags());
        let (request, timeout, classify) = self.split();
        let (judge, places) = (Plain, None);
        RunAttempts::new(Parts { request, timeout, classify, judge, attempts, op, places })
    }

    /// Runs `op` like [`run_attempts`](Self::run_attempts), and completes with its value and the call's
    /// [`Place`] in bulkheads, if it has one: for a response whose headers say how the call went while its
    /// body still streams. The place stays taken until it is dropped.
    ///
    /// # Errors
    /// As [`run`](Self::run), of the last attempt. No place is taken then.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub async fn run_attempts_held<T, E, O>(
        self,
        op: impl FnMut(Attempt) -> O,
    ) -> Result<(T, Option<Place<A>>), Error<E>>
    where
        A: Clone,
        O: Future<Output = Result<T, E>>,
        C: Classify<T, E>,
    {
        let attempts = Attempts::new(self.flags());
        let (request, timeout, classify) = self.split();
        let places = Places::new(request.access.clone());
        let (judge, kept) = (Plain, Some(&places as _));
        let parts = Parts { request, timeout, classify, judge, attempts, op, places: kept };
        let value = RunAttempts::new(parts).await?;
        Ok((value, places.into_place()))
    }

    /// Runs `op`, which is itself a protected call, like [`run_nested`](Self::run_nested), and runs it
    /// again as the call's policy says: see [`run_attempts`](Self::run_attempts). An inner refusal is
    /// attempted again only if a resource could not be reached.
    ///
    /// # Errors
    /// As [`run_nested`](Self::run_nested), of the last attempt.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    #[inline]
    pub fn run_nested_attempts<'a, T, E, O>(
        self,
        op: impl FnMut(Attempt) -> O,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        A: 'a,
        K: 'a,
        O: Future<Output = Result<T, Error<E>>>,
        C: Classify<T, E>,
    {
        let attempts = Attempts::new(self.flags());
        let (request, timeout, classify) = self.split();
        let (judge, places) = (Nested, None);
        RunAttempts::new(Parts { request, timeout, classify, judge, attempts, op, places })
    }

    /// Runs `op` on this thread like [`run_blocking`](Self::run_blocking), and runs it again as the call's
    /// policy says: see [`run_attempts`](Self::run_attempts). Blocks the thread between attempts.
    ///
    /// # Errors
    /// As [`run_blocking`](Self::run_blocking), of the last attempt.
    ///
    /// # Panics
    /// As [`run_blocking`](Self::run_blocking).
    #[inline]
    pub fn run_attempts_blocking<T, E>(
        self,
        op: impl FnMut(Attempt) -> Result<T, E>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let attempts = Attempts::new(self.flags());
        let (request, timeout, classify) = self.split();
        run_blocking(request, timeout, &classify, &Plain, attempts, op)
    }

    /// Runs `op`, which is itself a protected call, on this thread: as
    /// [`run_nested_attempts`](Self::run_nested_attempts) does and
    /// [`run_attempts_blocking`](Self::run_attempts_blocking).
    ///
    /// # Errors
    /// As [`run_nested_blocking`](Self::run_nested_blocking), of the last attempt.
    ///
    /// # Panics
    /// As [`run_blocking`](Self::run_blocking).
    #[inline]
    pub fn run_nested_attempts_blocking<T, E>(
        self,
        op: impl FnMut(Attempt) -> Result<T, Error<E>>,
    ) -> Result<T, Error<E>>
    where
        C: Classify<T, E>,
    {
        let attempts = Attempts::new(self.flags());
        let (request, timeout, classify) = self.split();
        run_blocking(request, timeout, &classify, &Nested, attempts, op)
    }
}

/// Makes attempts on this thread until there is no next one.
fn run_blocking<A: Access, K: MaybeKey, C, J, O>(
    mut request: Request<A, K>,
    timeout: Span,
    classify: &C,
    judge: &J,
    mut attempts: Attempts,
    mut op: impl FnMut(Attempt) -> O,
) -> Result<J::Value, Error<J::Error>>
where
    J: Judge<C, O>,
{
    let mut read = request.begin(timeout)?;
    let request = request;
    let clock = request.access.driver().clock();
    let mut guarding = Guarding { access: &request.access, whole: Whole::new(&request) };
    let whole = &mut guarding.whole;
    let mut extra: Option<Extra> = None;
    loop {
        let attempt = whole.attempt;
        let access = InAttempt::new(&request.access, attempt, read, None);
        whole.is_running = true;
        let (mut class, mut is_late) = (None, false);
        let result = blocking::run_attempt(
            request.again(access),
            attempts.limit(&request, timeout, attempt),
            |protection, output| judge.judge(classify, protection, output),
            || {
                if let Some(extra) = extra.take() {
                    extra.send_by(clock);
                }
                op(attempt)
            },
            |ended, late| (class, is_late) = (Some(ended), late),
        );
        whole.is_running = false;
        let next = match is_success(class) {
            // A result that came too late is no success, but it is there.
            true if is_late => None,
            true => {
                if let Some(policy) = request.access.policy().filter(|_| !attempt.is_extra()) {
                    policy.deposit(clock);
                }
                None
            }
            false => attempts.next(&request, whole, class, &result),
        };
        let begun = next.and_then(|next| {
            blocking::block_on(Some(clock), clock.sleep_until(next.at));
            attempts.begin(&request, whole, next)
        });
        let Some((now, granted)) = begun else {
            whole.end_late(&request.access, is_late, class, &result);
            return result;
        };
        (read, extra) = (Some(now), Some(granted));
    }
}

fn is_success(class: Option<Class>) -> bool {
    class.is_some_and(|class| class.verdict == Verdict::Success)
}
