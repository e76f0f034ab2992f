use std::hint::black_box;
use std::task::Waker;

use super::held::Held;
use crate::entry::BoxFuture;
use crate::protection::Protection;
use crate::{Call, Component, Detail, Entry, Pending, Refusal, RefusalKind, Tick, Token, Topic};

/// A call on its way through the layers, as a state machine that does no input or output and never
/// waits: [`Admission::step`] says what to wait for, and a shell, async or blocking, does. Dropping it
/// gives back what the call holds, as unused: nothing has run.
pub(super) struct Admission<'p, 'c, P: Protection> {
    held: Held<'p, P>,
    call: Call<'c>,
    /// Since when the layer now asked has been asked, for telemetry.
    since: Option<Tick>,
}

/// What a shell has to do next.
pub(super) enum Step<'p> {
    /// Nothing: all layers have let the call through.
    Admitted,
    /// Give up.
    Refused(Refusal),
    /// Wait until then and take the next step.
    WaitUntil(Tick),
    /// Wait until then for the start that a layer promised, which may move: ask with
    /// [`Admission::poll_start`].
    WaitToStart(Tick),
    /// Wait for the answer and resume with it; at `until`, expire with `refusal` instead.
    WaitFor { answer: BoxFuture<'p, Entry<'p>>, until: Tick, refusal: Refusal },
}

/// Why a call is not let through at once.
pub(super) enum Halt<'p, 'c, P: Protection> {
    Refused(Refusal),
    /// Boxed, because it is large and seldom: a wait allocates anyway.
    Wait(Box<(Admission<'p, 'c, P>, Step<'p>)>),
}

impl<P: Protection> Halt<'_, '_, P> {
    /// The same, taken apart and put together again. What goes to a function that is not inlined, or
    /// comes from one, has to be in memory; so that nothing of a plain call has to, it is another
    /// than what a plain call makes.
    #[inline(always)]
    fn anew(self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(refusal),
            Self::Wait(wait) => Self::Wait(wait),
        }
    }
}

/// Asks all layers. By far the most calls end here: every layer says yes, and nobody listens. What
/// they give goes into `held`, which stays where it is: moving it costs more than asking.
///
/// Inlined always, as all on the way of a plain call is, so that what it takes and gives stays in
/// registers: else the compiler finds it too large.
///
/// # Errors
/// If a layer refuses, or makes the call wait; then `held` holds nothing.
#[inline(always)]
pub(super) fn ask<'p, 'c, P: Protection>(
    held: &mut Held<'p, P>,
    call: Call<'c>,
) -> Result<(), Halt<'p, 'c, P>> {
    if held.driver.is_observed() {
        return Admission::observed(held, call).map_err(Halt::anew);
    }
    let protection = held.protection;
    while held.count() < protection.depth() {
        match protection.enter_at(held.count(), &call) {
            // The two numbers were written one by one just now. Read as one, which the black box
            // keeps the compiler from, they would have to wait until both have reached the cache:
            // that took a third of a call.
            Entry::Go(Token(first, second)) => held.push(Token(first, black_box(second))),
            // Nobody listens, so a refusal needs no more than to give back what is held: it is as
            // much in a hurry as a call that goes through.
            Entry::Refuse(refusal) if held.count() == 0 => return Err(Halt::Refused(refusal)),
            Entry::Refuse(refusal) => return Err(Halt::Refused(held.give_back_for(refusal))),
            // Taken apart and put together again: see `Halt::anew`.
            Entry::GoAt(token, at) => return halt(held, call, Entry::GoAt(token, at)),
            Entry::AskAt(at) => return halt(held, call, Entry::AskAt(at)),
            Entry::Pending(Pending { answer, until, refusal }) => {
                let pending = Pending { answer, until, refusal };
                return halt(held, call, Entry::Pending(pending));
            }
        }
    }
    held.run(None);
    Ok(())
}

/// A call to which a layer has answered something else than a plain yes or no.
#[inline(always)]
fn halt<'p, 'c, P: Protection>(
    held: &mut Held<'p, P>,
    call: Call<'c>,
    entry: Entry<'p>,
) -> Result<(), Halt<'p, 'c, P>> {
    Admission::halted(held, call, entry).map_err(Halt::anew)
}

impl<'p, 'c, P: Protection> Admission<'p, 'c, P> {
    /// See [`halt`].
    #[cold]
    #[inline(never)]
    fn halted(
        held: &mut Held<'p, P>,
        call: Call<'c>,
        entry: Entry<'p>,
    ) -> Result<(), Halt<'p, 'c, P>> {
        let mut admission = Self { held: held.take(), call, since: None };
        let step = admission.digest(entry, false).unwrap_or_else(|| admission.step());
        admission.stop(step, held)
    }

    /// A call that observers are told of from the start.
    #[cold]
    #[inline(never)]
    fn observed(held: &mut Held<'p, P>, call: Call<'c>) -> Result<(), Halt<'p, 'c, P>> {
        let since = Some(call.now());
        let mut admission = Self { held: held.take(), call, since };
        let step = admission.step();
        admission.stop(step, held)
    }

    fn stop(self, step: Step<'p>, held: &mut Held<'p, P>) -> Result<(), Halt<'p, 'c, P>> {
        match step {
            Step::Admitted => {
                *held = self.into_held();
                Ok(())
            }
            Step::Refused(refusal) => Err(Halt::Refused(refusal)),
            step => Err(Halt::Wait(Box::new((self, step)))),
        }
    }

    /// Asks layers until all have let the call through, or one does not.
    pub(super) fn step(&mut self) -> Step<'p> {
        let protection = self.held.protection;
        while self.held.count() < protection.depth() {
            let entry = protection.enter_at(self.held.count(), &self.call);
            if let Some(step) = self.digest(entry, false) {
                return step;
            }
        }
        Step::Admitted
    }

    /// The layer that was waited for has answered.
    pub(super) fn resume(&mut self, entry: Entry<'p>) -> Step<'p> {
        self.call.refresh();
        self.digest(entry, true).unwrap_or_else(|| self.step())
    }

    /// The layer that was waited for has not answered in time.
    pub(super) fn expire(&mut self, refusal: Refusal) -> Step<'p> {
        self.call.refresh();
        self.refuse(refusal)
    }

    /// Asks the layer that makes the call wait when the call may start: at `at`, it said last.
    ///
    /// # Errors
    /// With the next step, if the wait is over.
    pub(super) fn poll_start(
        &mut self,
        at: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Step<'p>> {
        let protection = self.held.protection;
        let (index, token) = self.held.last();
        match protection.poll_start_at(index, token, at, now, waker) {
            Ok(at) if at <= now => {
                self.call.next(true);
                Err(self.step())
            }
            Ok(at) if self.call.deadline().is_some_and(|deadline| at > deadline) => {
                let refusal = Refusal::new(RefusalKind::Deadline, protection.layer_at(index));
                Err(self.expire(refusal.with_retry_after(at.since(now))))
            }
            Ok(at) => Ok(at),
            Err(refusal) => Err(self.expire(refusal)),
        }
    }

    /// What `entry` means for the call; `None` to ask the next layer.
    fn digest(&mut self, entry: Entry<'p>, waited: bool) -> Option<Step<'p>> {
        let layer = self.held.protection.layer_at(self.held.count());
        self.held.driver.emit_change(layer, self.call.take_change());
        match entry {
            Entry::Go(token) => {
                self.admit(token);
                self.call.next(waited);
                None
            }
            Entry::GoAt(token, at) => {
                let now = self.call.now();
                self.admit(token);
                if self.call.deadline().is_some_and(|deadline| at > deadline) {
                    let refusal = Refusal::new(RefusalKind::Deadline, layer);
                    return Some(self.refuse(refusal.with_retry_after(at.since(now))));
                }
                if at > now {
                    return Some(Step::WaitToStart(at));
                }
                self.call.next(false);
                None
            }
            Entry::AskAt(at) => {
                if self.call.deadline().is_some_and(|deadline| at > deadline) {
                    let refusal = Refusal::new(RefusalKind::Deadline, layer);
                    let wait = at.since(self.call.now());
                    return Some(self.refuse(refusal.with_retry_after(wait)));
                }
                self.call.refresh();
                Some(Step::WaitUntil(at))
            }
            Entry::Refuse(refusal) => Some(self.refuse(refusal)),
            Entry::Pending(Pending { answer, until, refusal }) => {
                let (until, refusal) = match self.call.deadline() {
                    Some(deadline) if deadline <= until => {
                        (deadline, Refusal::new(RefusalKind::Deadline, layer))
                    }
                    _ => (until, refusal),
                };
                Some(Step::WaitFor { answer, until, refusal })
            }
        }
    }

    fn admit(&mut self, token: Token) {
        let layer = self.held.protection.layer_at(self.held.count());
        self.held.push(token);
        if layer.component() == Component::RateLimiter {
            let (cost, now) = (self.call.cost().get(), self.call.now());
            let waited = now.since(self.since.unwrap_or(now));
            let allowed = || Detail::Allowed { cost, waited };
            self.held.driver.emit_of(self.call.key(), Topic::RequestAllowed, layer, allowed);
        }
        self.since = self.since.map(|_| self.call.now());
    }

    /// Gives back what the call holds, then says why.
    #[cold]
    fn refuse(&mut self, refusal: Refusal) -> Step<'p> {
        let refusal = self.held.give_back_for(refusal);
        self.held.driver.emit_refusal_of(self.call.key(), &refusal);
        Step::Refused(refusal)
    }

    /// What the call holds, which is all it needs.
    pub(super) fn into_held(mut self) -> Held<'p, P> {
        self.held.run(self.held.driver.is_observed().then(|| self.call.now()));
        self.held
    }
}
