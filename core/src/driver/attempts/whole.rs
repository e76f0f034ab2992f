use std::sync::Arc;

use crate::driver::access::Access;
use crate::driver::context::Context;
use crate::driver::guarded::MaybeKey;
use crate::driver::request::Request;
use crate::key::OwnedKey;
use crate::policy::Attempt;
use crate::protection::sealed::Layers;
use crate::{Class, Component, Detail, Error, Tick, Topic, Verdict};

/// The events of a call that may take several attempts: those between the attempts, and one for its end. Does
/// nothing without observers. `access` is always that of the call.
pub(super) struct Whole {
    asked: Option<Asked>,
    pub(super) attempt: Attempt,
    /// Set while the operation's code runs: what is dropped then, a panic drops.
    pub(super) is_running: bool,
}

struct Asked {
    at: Tick,
    key: Option<Arc<OwnedKey>>,
}

impl Whole {
    #[inline(always)]
    pub(super) fn new<A: Access, K: MaybeKey>(request: &Request<A, K>) -> Self {
        let asked = request.access.driver().is_observed().then(|| Asked::new(request));
        Self { asked, ..Self::unseen() }
    }

    /// Creates that of a call without observers.
    #[inline(always)]
    pub(super) const fn unseen() -> Self {
        Self { asked: None, attempt: Attempt::FIRST, is_running: false }
    }

    /// Returns true if there are observers, and the end was not emitted.
    #[inline(always)]
    pub(super) const fn is_seen(&self) -> bool {
        self.asked.is_some()
    }

    /// Emits the end of the call.
    #[inline(always)]
    pub(super) fn end<T, E>(
        &mut self,
        access: &impl Access,
        class: Option<Class>,
        result: &Result<T, Error<E>>,
    ) {
        if self.is_seen() {
            self.emit_end(access, class, result);
        }
    }

    #[cold]
    #[inline(never)]
    fn emit_end<T, E>(
        &mut self,
        access: &impl Access,
        class: Option<Class>,
        result: &Result<T, Error<E>>,
    ) {
        let Some(asked) = self.asked.take() else { return };
        let timed_out = matches!(result, Err(Error::TimedOut(_)));
        match (result, class) {
            (Err(Error::Refused(refusal)), None) => {
                self.emit_named(
                    access,
                    &asked,
                    Topic::ProtectionRejected,
                    Detail::Refused(refusal),
                );
            }
            (_, class) => {
                let verdict = class.map_or(Verdict::Failure, |class| class.verdict);
                self.emit_executed(access, &asked, verdict, timed_out);
            }
        }
    }

    /// Emits the end of a call on this thread, whose last attempt may have taken longer than it had.
    pub(super) fn end_late<T, E>(
        &mut self,
        access: &impl Access,
        is_late: bool,
        class: Option<Class>,
        result: &Result<T, Error<E>>,
    ) {
        match self.asked.take_if(|_| is_late) {
            Some(asked) => self.emit_executed(access, &asked, Verdict::Failure, true),
            None => self.end(access, class, result),
        }
    }

    /// Emits the end of a call that is dropped before it is over.
    pub(super) fn abandon(&mut self, access: &impl Access) {
        let Some(asked) = self.asked.take() else { return };
        let verdict = if self.is_running { Verdict::Panicked } else { access.dropped() };
        self.emit_executed(access, &asked, verdict, false);
    }

    fn emit_executed(
        &self,
        access: &impl Access,
        asked: &Asked,
        verdict: Verdict,
        timed_out: bool,
    ) {
        let elapsed = access.driver().clock().now().since(asked.at);
        let detail = Detail::Executed { verdict, timed_out, elapsed, waited: None };
        let topic = match timed_out {
            true => Topic::ProtectionTimedOut,
            false => Topic::ProtectionExecuted,
        };
        self.emit_named(access, asked, topic, detail);
    }

    /// Emits something about the call, if there are observers.
    pub(super) fn emit(&self, access: &impl Access, topic: Topic, detail: Detail<'_>) {
        if let Some(asked) = &self.asked {
            let label = access.protection().label();
            access.driver().emit_in(self.context(access, asked), topic, label, || detail);
        }
    }

    /// Emits something that only a named protection emits.
    fn emit_named(&self, access: &impl Access, asked: &Asked, topic: Topic, detail: Detail<'_>) {
        let context = self.context(access, asked);
        if let Some(protection) = context.protection {
            access.driver().emit_in(context, topic, protection, || detail);
        }
    }

    fn context<'e>(&self, access: &'e impl Access, asked: &'e Asked) -> Context<'e> {
        let label = access.protection().label();
        Context {
            protection: Some(label).filter(|label| label.component() == Component::Protection),
            key: asked.key.as_ref().map(|key| key.key()),
            attempt: self.attempt.number(),
        }
    }
}

/// The events of a call that runs on this thread, which ends if it panics.
pub(super) struct Guarding<'s, A: Access> {
    pub(super) access: &'s A,
    pub(super) whole: Whole,
}

impl<A: Access> Drop for Guarding<'_, A> {
    fn drop(&mut self) {
        self.whole.abandon(self.access);
    }
}

impl Asked {
    #[cold]
    #[inline(never)]
    fn new<A: Access, K: MaybeKey>(request: &Request<A, K>) -> Self {
        let driver = request.access.driver();
        let key = request.key.key().filter(|_| driver.keys_in_events);
        Self { at: driver.clock().now(), key: key.map(|key| Arc::new(OwnedKey::new(key))) }
    }
}
