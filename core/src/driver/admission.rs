use std::hint::black_box;
use std::task::Waker;

use super::access::Access;
use super::held::Held;
use super::watch::Watch;
use crate::call::CallTimes;
use crate::entry::BoxFuture;
use crate::protection::sealed::Layers;
use crate::{
    Call, Component, Detail, Entry, Pending, Refusal, RefusalKind, Sleep, Tick, Token, Topic,
};

/// A call on its way through the layers: a state machine that neither does I/O nor waits.
/// [`Admission::step`] says what to wait for, and a shell, async or blocking, waits.
pub(super) struct Admission<'x, 'c, A: Access> {
    pub(super) held: &'x mut Held<&'c A>,
    pub(super) call: &'x mut Call<'c>,
    /// The time since which the current layer makes the call wait, for events.
    pub(super) since: Option<Tick>,
}

/// What a shell has to do next.
pub(super) enum Step {
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
    WaitFor { answer: BoxFuture<'static, Entry>, until: Tick, refusal: Refusal },
}

/// What came of asking all layers.
pub(super) enum Asked {
    /// All layers have admitted the call. The time that they read, if they read it and no layer made
    /// the call wait since.
    Admitted(Option<Tick>),
    Refused(Refusal),
    /// A layer makes the call wait. Boxed, because it is large and rare; waiting allocates anyway.
    Wait(Box<Halt>),
}

/// Where a call stands that has to wait.
pub(super) struct Halt {
    pub(super) step: Step,
    pub(super) since: Option<Tick>,
    pub(super) times: CallTimes,
    /// For the time that `step` waits for.
    pub(super) sleep: Option<Sleep>,
}

impl Asked {
    /// Rebuilds the value variant by variant. A value that crosses an outlined function lives on the
    /// stack; rebuilding it here lets the fast path's own value stay in registers (12 ns a call
    /// together with the `black_box` in [`ask`]).
    #[inline(always)]
    fn rebuild(self) -> Self {
        match self {
            Self::Admitted(read) => Self::Admitted(read),
            Self::Refused(refusal) => Self::Refused(refusal),
            Self::Wait(halt) => Self::Wait(halt),
        }
    }
}

/// Asks all layers. Almost all calls end here: every layer admits, and no observer receives that. Tokens
/// go into `held` in place, since moving it costs more than asking. If a layer refuses, `held` is
/// empty afterwards.
///
/// Always inlined, so that a plain call's values stay in registers; the compiler finds it too large.
#[inline(always)]
pub(super) fn ask<'c, A: Access>(held: &mut Held<&'c A>, call: &mut Call<'c>) -> Asked {
    let access = held.access;
    let watch = access.watch();
    match watch {
        Watch::Nothing => {}
        Watch::Ends if !held.is_special() => held.begin_plain(call),
        _ => return watched(held, call).rebuild(),
    }
    let protection = access.protection();
    while held.count() < protection.depth() {
        match protection.enter_at(held.count(), call) {
            // The backend just stored the halves separately. One 16-byte load of both would miss
            // store forwarding; `black_box` forces two loads.
            Entry::Go(Token(first, second)) if !call.is_noted() => {
                held.push(Token(first, black_box(second)));
            }
            // Without observers and held layers there is nothing to do for a refusal.
            Entry::Refuse(refusal) if held.count() == 0 && watch == Watch::Nothing => {
                return Asked::Refused(refusal);
            }
            Entry::Refuse(refusal) => return Asked::Refused(held.refuse_by_layer(call, refusal)),
            // Rebuilt for the reason given at `rebuild`.
            Entry::Go(token) => return halted(held, call, Entry::Go(token)).rebuild(),
            Entry::GoAt(token, at) => return halted(held, call, Entry::GoAt(token, at)).rebuild(),
            Entry::AskAt(at) => return halted(held, call, Entry::AskAt(at)).rebuild(),
            Entry::Pending(Pending { answer, until, refusal }) => {
                let pending = Pending { answer, until, refusal };
                return halted(held, call, Entry::Pending(pending)).rebuild();
            }
        }
    }
    held.run();
    Asked::Admitted(call.read())
}

/// Handles an answer other than a plain admission or refusal, or one that came with a change of state.
#[cold]
#[inline(never)]
fn halted<'c, A: Access>(held: &mut Held<&'c A>, call: &mut Call<'c>, entry: Entry) -> Asked {
    let mut admission = Admission { held, call, since: None };
    let step = admission.digest(entry, false).unwrap_or_else(|| admission.step());
    admission.stop(step)
}

/// Asks all layers for a call that is observed, and emits what they answer.
#[cold]
#[inline(never)]
fn watched<'c, A: Access>(held: &mut Held<&'c A>, call: &mut Call<'c>) -> Asked {
    held.begin_watched(call);
    let since = Some(call.now());
    let mut admission = Admission { held, call, since };
    let step = admission.step();
    admission.stop(step)
}

impl<A: Access> Admission<'_, '_, A> {
    fn stop(mut self, step: Step) -> Asked {
        match step {
            Step::Admitted => {
                self.admitted();
                Asked::Admitted(self.call.read())
            }
            Step::Refused(refusal) => Asked::Refused(refusal),
            step => {
                let times = self.call.times();
                Asked::Wait(Box::new(Halt { step, since: self.since, times, sleep: None }))
            }
        }
    }

    /// Begins the operation.
    pub(super) fn admitted(&mut self) {
        if self.held.access.watch() != Watch::Nothing {
            self.held.run_timed(self.call.now());
        } else {
            self.held.run();
        }
    }

    /// Asks layers until all have admitted the call, or one does not.
    fn step(&mut self) -> Step {
        let protection = self.held.access.protection();
        while self.held.count() < protection.depth() {
            let entry = protection.enter_at(self.held.count(), self.call);
            if let Some(step) = self.digest(entry, false) {
                return step;
            }
        }
        Step::Admitted
    }

    /// Asks the same layer again, after the wait that it asked for.
    pub(super) fn ask_again(&mut self) -> Step {
        if self.is_over_at(self.call.now()) {
            let layer = self.held.access.protection().layer_at(self.held.count());
            return self.expire(Refusal::new(RefusalKind::Deadline, layer));
        }
        self.step()
    }

    /// Handles the answer of a layer that was waited for.
    pub(super) fn resume(&mut self, entry: Entry) -> Step {
        self.call.refresh();
        self.digest(entry, true).unwrap_or_else(|| self.step())
    }

    /// Refuses a call that the current layer has not admitted in time.
    pub(super) fn expire(&mut self, refusal: Refusal) -> Step {
        self.call.refresh();
        self.held.access.protection().expire_at(self.held.count(), None);
        self.refuse(refusal)
    }

    /// Refuses a call that the last layer has admitted, and whose time is over.
    fn refuse_late(&mut self, refusal: Refusal) -> Step {
        let (index, token) = self.held.last();
        let token = *token;
        self.held.access.protection().expire_at(index, Some(token));
        self.refuse(refusal)
    }

    /// Asks the layer that makes the call wait when the call may start: at `at`, it said last.
    ///
    /// # Errors
    /// With the next step, if the wait is over.
    pub(super) fn poll_start(&mut self, at: Tick, now: Tick, waker: &Waker) -> Result<Tick, Step> {
        let protection = self.held.access.protection();
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
    fn digest(&mut self, entry: Entry, waited: bool) -> Option<Step> {
        let layer = self.held.access.protection().layer_at(self.held.count());
        self.held.emit_change(self.call);
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
            Entry::Refuse(refusal) => {
                Some(Step::Refused(self.held.refuse_by_layer(self.call, refusal)))
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
        let layer = self.held.access.protection().layer_at(index);
        let topic = match layer.component() {
            Component::RateLimiter => Some(Topic::RequestAllowed),
            Component::Bulkhead if waited => Some(Topic::BulkheadWaited),
            _ => None,
        };
        if let Some(topic) = topic {
            let (cost, now) = (self.call.cost().get(), self.call.now());
            let waited = now.since(self.since.unwrap_or(now));
            let allowed = || Detail::Allowed { cost, waited };
            let driver = self.held.access.driver();
            driver.emit_in(self.held.context(), topic, layer, allowed);
        }
        self.since = self.since.map(|_| self.call.now());
        self.call.next(waited);
    }

    #[cold]
    fn refuse(&mut self, refusal: Refusal) -> Step {
        Step::Refused(self.held.refuse(refusal))
    }
}
