use std::hint::black_box;
use std::task::Waker;

use super::held::Held;
use crate::entry::BoxFuture;
use crate::protection::Protection;
use crate::{Call, Component, Detail, Entry, Pending, Refusal, RefusalKind, Tick, Token, Topic};

/// A call on its way through the layers: a state machine that neither does I/O nor waits.
/// [`Admission::step`] says what to wait for, and a shell, async or blocking, waits. Dropping it
/// returns what the call holds, as unused.
pub(super) struct Admission<'p, 'c, P: Protection> {
    held: Held<'p, P>,
    call: Call<'c>,
    /// The time since which the current layer makes the call wait, for events.
    since: Option<Tick>,
}

/// What a shell has to do next.
pub(super) enum Step<'p> {
    /// Nothing: all layers have admitted the call.
    Admitted,
    /// Give up.
    Refused(Refusal),
    /// Wait until then and call [`Admission::ask_again`].
    WaitUntil(Tick),
    /// Wait until then for the start that a layer promised, which may move: ask with
    /// [`Admission::poll_start`].
    WaitToStart(Tick),
    /// Wait for the answer and resume with it; at `until`, expire with `refusal` instead.
    WaitFor { answer: BoxFuture<'p, Entry<'p>>, until: Tick, refusal: Refusal },
}

/// Why a call is not admitted at once.
pub(super) enum NotAdmitted<'p, 'c, P: Protection> {
    Refused(Refusal),
    /// Boxed, because it is large and rare; waiting allocates anyway.
    Wait(Box<(Admission<'p, 'c, P>, Step<'p>)>),
}

impl<P: Protection> NotAdmitted<'_, '_, P> {
    /// Rebuilds the value variant by variant. A value that crosses an outlined function lives on the
    /// stack; rebuilding it here lets the fast path's own value stay in registers (12 ns a call
    /// together with the `black_box` in [`ask`]).
    #[inline(always)]
    fn rebuild(self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(refusal),
            Self::Wait(wait) => Self::Wait(wait),
        }
    }
}

/// Asks all layers. Almost all calls end here: every layer admits, and there are no observers. Tokens
/// go into `held` in place, since moving it costs more than asking.
///
/// Always inlined, so that a plain call's values stay in registers; the compiler finds it too large.
///
/// # Errors
/// If a layer refuses, or makes the call wait; then `held` holds nothing.
#[inline(always)]
pub(super) fn ask<'p, 'c, P: Protection>(
    held: &mut Held<'p, P>,
    call: Call<'c>,
) -> Result<(), NotAdmitted<'p, 'c, P>> {
    if held.driver.is_observed() {
        return Admission::observed(held, call).map_err(NotAdmitted::rebuild);
    }
    let protection = held.protection;
    while held.count() < protection.depth() {
        match protection.enter_at(held.count(), &call) {
            // The backend just stored the halves separately. One 16-byte load of both would miss
            // store forwarding; `black_box` forces two loads.
            Entry::Go(Token(first, second)) => held.push(Token(first, black_box(second))),
            // Without observers and held layers there is nothing to do for a refusal.
            Entry::Refuse(refusal) if held.count() == 0 => {
                return Err(NotAdmitted::Refused(refusal));
            }
            Entry::Refuse(refusal) => {
                return Err(NotAdmitted::Refused(held.give_back_for(refusal)));
            }
            // Rebuilt for the reason given at `rebuild`.
            Entry::GoAt(token, at) => return not_admitted(held, call, Entry::GoAt(token, at)),
            Entry::AskAt(at) => return not_admitted(held, call, Entry::AskAt(at)),
            Entry::Pending(Pending { answer, until, refusal }) => {
                let pending = Pending { answer, until, refusal };
                return not_admitted(held, call, Entry::Pending(pending));
            }
        }
    }
    held.run();
    Ok(())
}

/// Handles an answer other than a plain admission or refusal.
#[inline(always)]
fn not_admitted<'p, 'c, P: Protection>(
    held: &mut Held<'p, P>,
    call: Call<'c>,
    entry: Entry<'p>,
) -> Result<(), NotAdmitted<'p, 'c, P>> {
    Admission::halted(held, call, entry).map_err(NotAdmitted::rebuild)
}

impl<'p, 'c, P: Protection> Admission<'p, 'c, P> {
    /// The slow path of [`not_admitted`].
    #[cold]
    #[inline(never)]
    fn halted(
        held: &mut Held<'p, P>,
        call: Call<'c>,
        entry: Entry<'p>,
    ) -> Result<(), NotAdmitted<'p, 'c, P>> {
        let mut admission = Self { held: held.take(), call, since: None };
        let step = admission.digest(entry, false).unwrap_or_else(|| admission.step());
        admission.stop(step, held)
    }

    /// Asks all layers, and emits what they answer.
    #[cold]
    #[inline(never)]
    fn observed(held: &mut Held<'p, P>, call: Call<'c>) -> Result<(), NotAdmitted<'p, 'c, P>> {
        let now = call.now();
        held.begin(now, call.key());
        let mut admission = Self { held: held.take(), call, since: Some(now) };
        let step = admission.step();
        admission.stop(step, held)
    }

    fn stop(self, step: Step<'p>, held: &mut Held<'p, P>) -> Result<(), NotAdmitted<'p, 'c, P>> {
        match step {
            Step::Admitted => {
                *held = self.into_held();
                Ok(())
            }
            Step::Refused(refusal) => Err(NotAdmitted::Refused(refusal)),
            step => Err(NotAdmitted::Wait(Box::new((self, step)))),
        }
    }

    /// Asks layers until all have admitted the call, or one does not.
    fn step(&mut self) -> Step<'p> {
        let protection = self.held.protection;
        while self.held.count() < protection.depth() {
            let entry = protection.enter_at(self.held.count(), &self.call);
            if let Some(step) = self.digest(entry, false) {
                return step;
            }
        }
        Step::Admitted
    }

    /// Asks the same layer again, after the wait that it asked for.
    pub(super) fn ask_again(&mut self) -> Step<'p> {
        if self.is_over_at(self.call.now()) {
            let layer = self.held.protection.layer_at(self.held.count());
            return self.expire(Refusal::new(RefusalKind::Deadline, layer));
        }
        self.step()
    }

    /// Handles the answer of a layer that was waited for.
    pub(super) fn resume(&mut self, entry: Entry<'p>) -> Step<'p> {
        self.call.refresh();
        self.digest(entry, true).unwrap_or_else(|| self.step())
    }

    /// Refuses a call that the current layer has not admitted in time.
    pub(super) fn expire(&mut self, refusal: Refusal) -> Step<'p> {
        self.call.refresh();
        self.held.protection.expire_at(self.held.count(), None);
        self.refuse(refusal)
    }

    /// Refuses a call that the last layer has admitted, and whose time is over.
    fn refuse_late(&mut self, refusal: Refusal) -> Step<'p> {
        let (index, token) = self.held.last();
        let token = *token;
        self.held.protection.expire_at(index, Some(token));
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
        let layer = protection.layer_at(index);
        let late = || Refusal::new(RefusalKind::Deadline, layer);
        match protection.poll_start_at(index, token, at, now, waker) {
            Ok(at) if at <= now => {
                self.call.refresh();
                if self.is_over_at(now) {
                    return Err(self.refuse_late(late()));
                }
                self.started(true);
                Err(self.step())
            }
            Ok(at) if self.is_over_at(at) => {
                self.call.refresh();
                Err(self.refuse_late(late().with_retry_after(at.since(now))))
            }
            Ok(at) => Ok(at),
            Err(refusal) => {
                self.call.refresh();
                Err(self.refuse(refusal))
            }
        }
    }

    /// Handles the answer of the current layer; returns `None` to ask the next one.
    fn digest(&mut self, entry: Entry<'p>, waited: bool) -> Option<Step<'p>> {
        let layer = self.held.protection.layer_at(self.held.count());
        self.held.driver.emit_change_in(self.held.context(), layer, self.call.take_change());
        let late = || Refusal::new(RefusalKind::Deadline, layer);
        match entry {
            Entry::Go(token) => {
                self.held.push(token);
                if waited && self.is_over_at(self.call.now()) {
                    return Some(self.refuse_late(late()));
                }
                self.started(waited);
                None
            }
            Entry::GoAt(token, at) => {
                let now = self.call.now();
                self.held.push(token);
                if at <= now {
                    self.started(waited);
                    return None;
                }
                if self.is_over_at(at) {
                    return Some(self.refuse_late(late().with_retry_after(at.since(now))));
                }
                Some(Step::WaitToStart(at))
            }
            Entry::AskAt(at) => {
                if self.is_over_at(at) {
                    let wait = at.since(self.call.now());
                    return Some(self.expire(late().with_retry_after(wait)));
                }
                self.call.refresh();
                Some(Step::WaitUntil(at))
            }
            Entry::Refuse(mut refusal) => {
                self.held.mark_nested(&mut refusal);
                Some(self.refuse(refusal))
            }
            Entry::Pending(Pending { answer, until, refusal }) => {
                let (until, refusal) = match self.call.deadline() {
                    Some(deadline) if deadline <= until => (deadline, late()),
                    _ => (until, refusal),
                };
                Some(Step::WaitFor { answer, until, refusal })
            }
        }
    }

    /// Returns true if no time is left for the operation at `at`.
    fn is_over_at(&self, at: Tick) -> bool {
        self.call.deadline().is_some_and(|deadline| at >= deadline)
    }

    /// The layer that was asked last lets the call go on now.
    fn started(&mut self, waited: bool) {
        let (index, _) = self.held.last();
        let layer = self.held.protection.layer_at(index);
        if layer.component() == Component::RateLimiter {
            let (cost, now) = (self.call.cost().get(), self.call.now());
            let waited = now.since(self.since.unwrap_or(now));
            let allowed = || Detail::Allowed { cost, waited };
            let driver = self.held.driver;
            driver.emit_in(self.held.context(), Topic::RequestAllowed, layer, allowed);
        }
        self.since = self.since.map(|_| self.call.now());
        self.call.next(waited);
    }

    /// Returns what the call holds, and then emits `refusal`.
    #[cold]
    fn refuse(&mut self, refusal: Refusal) -> Step<'p> {
        self.held.give_back();
        self.held.emit_refusal(&refusal);
        Step::Refused(refusal)
    }

    /// Begins the operation, and returns what the call holds.
    pub(super) fn into_held(mut self) -> Held<'p, P> {
        if self.held.driver.is_observed() {
            self.held.run_observed(self.call.now());
        } else {
            self.held.run();
        }
        self.held
    }
}
