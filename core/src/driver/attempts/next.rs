use std::time::Duration;

use super::whole::Whole;
use crate::driver::access::Access;
use crate::driver::guarded::{Flags, MaybeKey};
use crate::driver::request::Request;
use crate::policy::{Attempt, Extra, Hedging, Measured, NotRetried, Policy, Retry};
use crate::protection::sealed::Layers;
use crate::time::Span;
use crate::{Class, Detail, Error, RefusalKind, RetryAdvice, Tick, Topic, Verdict};

/// Decides after each attempt whether there is another one. Neither waits nor runs anything.
pub(super) struct Attempts {
    flags: Flags,
    last_wait: Duration,
}

/// Another attempt.
pub(super) struct Next {
    /// The time at which it begins.
    pub(super) at: Tick,
    pub(super) extra: Extra,
}

/// What the end of an attempt says about another one.
enum Advice {
    /// Another one would not help, or may do harm.
    Never,
    /// Another one helps if the call may be repeated, after the time that the service asked for.
    IfIdempotent(Option<Duration>),
    /// Another one is harmless.
    Always(Option<Duration>),
}

impl Advice {
    fn new<T, E>(class: Option<Class>, result: &Result<T, Error<E>>) -> Self {
        match (result, class) {
            (Err(Error::Refused(refusal)), _) => match refusal.kind() {
                RefusalKind::ResourceUnavailable => Self::Always(refusal.retry_after()),
                _ => Self::Never,
            },
            (Err(Error::TimedOut(_)), _) => Self::IfIdempotent(None),
            (_, Some(class)) => Self::of(class),
            (_, None) => Self::Never,
        }
    }

    fn of(class: Class) -> Self {
        let after = class.retry_after;
        match (class.retry, class.verdict) {
            (RetryAdvice::DoNotRetry, _) => Self::Never,
            (RetryAdvice::NeverProcessed, _) => Self::Always(after),
            (RetryAdvice::Retry, _) | (_, Verdict::Failure) => Self::IfIdempotent(after),
            (_, Verdict::Overload) if after.is_some() => Self::IfIdempotent(after),
            _ => Self::Never,
        }
    }
}

impl Attempts {
    pub(super) const fn new(flags: Flags) -> Self {
        Self { flags, last_wait: Duration::ZERO }
    }

    /// Returns the timeout of an attempt of a call that has the timeout `own`.
    #[inline(always)]
    pub(super) fn limit<A: Access, K>(
        &self,
        request: &Request<A, K>,
        own: Span,
        attempt: Attempt,
    ) -> Span {
        match request.access.measured().filter(|_| self.flags.is_timeout_measured) {
            Some(measured) => measured.limit(attempt),
            None => own,
        }
    }

    /// Returns the time after which a copy of this attempt may be sent.
    #[inline(always)]
    pub(super) fn hedging<'s, A: Access, K>(
        &self,
        request: &'s Request<A, K>,
        attempt: Attempt,
    ) -> Option<(&'s Policy, &'s Hedging, Duration)> {
        let policy = request.access.policy().filter(|_| !self.flags.caller_retries)?;
        let hedging = policy.hedging().filter(|_| !attempt.is_extra())?;
        let is_idempotent =
            self.flags.is_idempotent || policy.retry().is_some_and(|retry| retry.idempotent);
        Some((policy, hedging, policy.hedge_delay().filter(|_| is_idempotent)?))
    }

    /// Returns the next attempt after one that ended with `class` and `result`, and emits what was
    /// decided.
    #[cold]
    #[inline(never)]
    pub(super) fn next<A: Access, K: MaybeKey, T, E>(
        &mut self,
        request: &Request<A, K>,
        whole: &Whole,
        class: Option<Class>,
        result: &Result<T, Error<E>>,
    ) -> Option<Next> {
        let policy = request.access.policy()?;
        let retry = policy.retry().filter(|_| policy.has_retries())?;
        let (asked, is_harmless) = match Advice::new(class, result) {
            Advice::Never => return None,
            Advice::IfIdempotent(asked) => (asked, false),
            Advice::Always(asked) => (asked, true),
        };
        let may_repeat = is_harmless || self.flags.is_idempotent || retry.idempotent;
        match self.decide(request, whole, policy, retry, asked, may_repeat) {
            Ok((wait, next)) => {
                let verdict = class.map_or(Verdict::Unused, |class| class.verdict);
                whole.emit(&request.access, Topic::Retry, Detail::Retry { verdict, wait });
                Some(next)
            }
            Err(reason) => {
                whole.emit(&request.access, topic(reason), Detail::NotRetried(reason));
                None
            }
        }
    }

    /// Returns the time at which the next attempt begins, and the extra call that it is, if there is time
    /// left after the wait.
    pub(super) fn begin<A: Access, K>(
        &self,
        request: &Request<A, K>,
        whole: &mut Whole,
        next: Next,
    ) -> Option<(Tick, Extra)> {
        let now = request.access.driver().clock().now();
        if now < request.deadline {
            whole.attempt = whole.attempt.next();
            return Some((now, next.extra));
        }
        whole.emit(
            &request.access,
            Topic::RetryExhausted,
            Detail::NotRetried(NotRetried::Deadline),
        );
        None
    }

    /// Decides in the order of cost and of certainty; the budget comes last, since only what is sent
    /// may be taken from it.
    fn decide<A: Access, K: MaybeKey>(
        &mut self,
        request: &Request<A, K>,
        whole: &Whole,
        policy: &Policy,
        retry: &Retry,
        asked: Option<Duration>,
        may_repeat: bool,
    ) -> Result<(Duration, Next), NotRetried> {
        if !may_repeat {
            return Err(NotRetried::NotIdempotent);
        }
        if self.flags.caller_retries {
            return Err(NotRetried::CallerRetries);
        }
        let number = whole.attempt.next().number();
        if number > retry.attempts {
            return Err(NotRetried::AttemptsExhausted);
        }
        let clock = request.access.driver().clock();
        let now = clock.now();
        if !accepts_extra(request, now) {
            return Err(NotRetried::LayerNotReady);
        }
        let random = || policy.random();
        let wait = retry.wait(asked, number, self.last_wait, random);
        let wait = wait.ok_or(NotRetried::RetryAfterTooLong)?;
        let at = now + wait;
        let median = request.access.measured().map_or(Duration::ZERO, Measured::median);
        if at + median >= request.deadline {
            return Err(NotRetried::Deadline);
        }
        if policy.observes_retry() {
            return Err(NotRetried::Observed);
        }
        let budget = policy.budget();
        let extra = budget.withdraw(budget.now(clock)).ok_or(NotRetried::BudgetExhausted)?;
        self.last_wait = wait;
        Ok((wait, Next { at, extra }))
    }
}

/// Returns true if all layers take an extra call like this one.
pub(super) fn accepts_extra<A: Access, K: MaybeKey>(request: &Request<A, K>, now: Tick) -> bool {
    let (protection, call) = (request.access.protection(), request.call(Some(now)));
    (0..protection.depth()).all(|index| protection.accepts_extra_at(index, &call))
}

const fn topic(reason: NotRetried) -> Topic {
    match reason {
        NotRetried::RunsOnce
        | NotRetried::NotIdempotent
        | NotRetried::CallerRetries
        | NotRetried::Observed => Topic::RetrySkipped,
        NotRetried::BudgetExhausted => Topic::BudgetExhausted,
        _ => Topic::RetryExhausted,
    }
}
