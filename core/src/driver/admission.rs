use super::held::Held;
use super::permit::Permit;
use crate::entry::BoxFuture;
use crate::protection::Protection;
use crate::{
    Call, Component, Detail, Driver, Entry, Pending, Refusal, RefusalKind, Tick, Token, Topic,
    Verdict,
};

/// A call on its way through the layers, as a state machine that does no input or output and never
/// waits: [`Admission::step`] says what to wait for, and a shell, async or blocking, does.
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
    /// Wait for the answer and resume with it; at `until`, expire with `refusal` instead.
    WaitFor { answer: BoxFuture<'p, Entry<'p>>, until: Tick, refusal: Refusal },
}

impl<'p, 'c, P: Protection> Admission<'p, 'c, P> {
    pub(super) fn new(driver: &'p Driver, protection: &'p P, call: Call<'c>) -> Self {
        let since = driver.is_observed().then(|| call.now());
        Self { held: Held::nothing(driver, protection, call.cost()), call, since }
    }

    /// Asks layers until all have let the call through, or one does not.
    #[inline]
    pub(super) fn step(&mut self) -> Step<'p> {
        let protection = self.held.protection;
        while self.held.count() < protection.depth() {
            let entry = protection.enter_at(self.held.count(), &self.call);
            if let Entry::Go(token) = entry
                && !self.held.driver.is_observed()
            {
                self.held.push(token);
                self.call.next(false);
                continue;
            }
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
                self.call.next(at > now);
                (at > now).then_some(Step::WaitUntil(at))
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
            self.held
                .driver
                .emit(Topic::RequestAllowed, layer, || Detail::Allowed { cost, waited });
        }
        self.since = self.since.map(|_| self.call.now());
    }

    /// Gives back what the call holds, then says why.
    #[cold]
    fn refuse(&mut self, refusal: Refusal) -> Step<'p> {
        self.held.settle(Verdict::Unused, false, None);
        self.held.driver.emit_refusal(&refusal);
        Step::Refused(refusal)
    }

    /// The call holds all it needs.
    #[inline]
    pub(super) fn into_permit(mut self) -> Permit<'p, P> {
        let since = self.held.driver.is_observed().then(|| self.call.now());
        Permit::new(self.held.take(), since)
    }
}

/// The caller went away while waiting: nothing has run.
impl<P: Protection> Drop for Admission<'_, '_, P> {
    fn drop(&mut self) {
        self.held.settle(Verdict::Unused, false, None);
    }
}
