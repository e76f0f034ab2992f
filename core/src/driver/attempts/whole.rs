use std::sync::Arc;

use crate::driver::access::Access;
use crate::driver::context::Context;
use crate::driver::guarded::MaybeKey;
use crate::driver::request::Request;
use crate::key::OwnedKey;
use crate::policy::Attempt;
use crate::protection::sealed::Layers;
use crate::{Class, Component, Detail, Error, Refusal, Tick, Topic, Verdict};

/// The events of a call that may take several attempts: those between the attempts, and one for its end,
/// also if it is dropped. Does nothing without observers.
pub(super) struct Whole<'s, A: Access> {
    access: &'s A,
    asked: Option<Asked>,
    pub(super) attempt: Attempt,
    /// Set while the operation's code runs: what is dropped then, a panic drops.
    pub(super) is_running: bool,
}

struct Asked {
    at: Tick,
    key: Option<Arc<OwnedKey>>,
}

impl<'s, A: Access> Whole<'s, A> {
    #[inline(always)]
    pub(super) fn new<K: MaybeKey>(request: &'s Request<A, K>) -> Self {
        let access = &request.access;
        let asked = access.driver().is_observed().then(|| Asked::new(request));
        Self { access, asked, attempt: Attempt::FIRST, is_running: false }
    }

    /// Emits the end of the call.
    #[inline(always)]
    pub(super) fn end<T, E>(mut self, class: Option<Class>, result: &Result<T, Error<E>>) {
        if let Some(asked) = self.asked.take() {
            let timed_out = matches!(result, Err(Error::TimedOut(_)));
            match (result, class) {
                (Err(Error::Refused(refusal)), None) => self.emit_refused(&asked, refusal),
                (_, class) => {
                    let verdict = class.map_or(Verdict::Failure, |class| class.verdict);
                    self.emit_executed(&asked, verdict, timed_out);
                }
            }
        }
    }

    /// Emits the end of a call on this thread, whose last attempt may have taken longer than it had.
    pub(super) fn end_late<T, E>(
        mut self,
        is_late: bool,
        class: Option<Class>,
        result: &Result<T, Error<E>>,
    ) {
        match self.asked.take_if(|_| is_late) {
            Some(asked) => self.emit_executed(&asked, Verdict::Failure, true),
            None => self.end(class, result),
        }
    }

    #[cold]
    #[inline(never)]
    fn emit_executed(&self, asked: &Asked, verdict: Verdict, timed_out: bool) {
        let elapsed = self.access.driver().clock().now().since(asked.at);
        let waited = None;
        let topic = match timed_out {
            true => Topic::ProtectionTimedOut,
            false => Topic::ProtectionExecuted,
        };
        self.emit_named(asked, topic, Detail::Executed { verdict, timed_out, elapsed, waited });
    }

    #[cold]
    #[inline(never)]
    fn emit_refused(&self, asked: &Asked, refusal: &Refusal) {
        self.emit_named(asked, Topic::ProtectionRejected, Detail::Refused(refusal));
    }

    /// Emits something about the call, if there are observers.
    pub(super) fn emit(&self, topic: Topic, detail: Detail<'_>) {
        if let Some(asked) = &self.asked {
            let label = self.access.protection().label();
            self.access.driver().emit_in(self.context(asked), topic, label, || detail);
        }
    }

    /// Emits something that only a named protection emits.
    fn emit_named(&self, asked: &Asked, topic: Topic, detail: Detail<'_>) {
        let context = self.context(asked);
        if let Some(protection) = context.protection {
            self.access.driver().emit_in(context, topic, protection, || detail);
        }
    }

    fn context<'e>(&'e self, asked: &'e Asked) -> Context<'e> {
        let label = self.access.protection().label();
        Context {
            protection: Some(label).filter(|label| label.component() == Component::Protection),
            key: asked.key.as_ref().map(|key| key.key()),
            attempt: self.attempt.number(),
        }
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

impl<A: Access> Drop for Whole<'_, A> {
    fn drop(&mut self) {
        let Some(asked) = self.asked.take() else { return };
        let verdict = if self.is_running { Verdict::Panicked } else { self.access.dropped() };
        self.emit_executed(&asked, verdict, false);
    }
}
