//! A simple and correct bulkhead, except for the flaw that it is given.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Component, ControlAction, ControlError, Entry, Exit, Key, Layer, ManualControl,
    Pending, Refusal, RefusalKind, Status, Tick, Token, Verdict,
};
use seawall_testkit::bulkhead::{Handles, Setup, Subject};

use self::state::State;
use self::wait::Wait;
use super::Flaw;

mod state;
mod wait;

#[derive(Clone)]
pub(super) struct Flawed {
    layer: Layer,
    flaw: Option<Flaw>,
    started_by: ThreadId,
    state: Arc<Mutex<State>>,
}

impl Flawed {
    pub(super) fn subject<'a>(flaw: Option<Flaw>) -> Subject<'a> {
        Subject::new(move |setup| {
            let bulkhead = Self::new(setup, flaw);
            Handles::new(&bulkhead).with_close(move || bulkhead.close())
        })
    }

    fn new(setup: &Setup, flaw: Option<Flaw>) -> Self {
        Self {
            layer: Layer::new(Component::Bulkhead, "subject"),
            flaw,
            started_by: thread::current().id(),
            state: Arc::new(Mutex::new(State::new(setup.max_concurrent))),
        }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Returns true on another thread than the one that started it.
    fn is_abroad(&self) -> bool {
        thread::current().id() != self.started_by
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        if !self.has(Flaw::WaitersOutliveTheEnd) {
            state.wake_all();
        }
    }

    fn go(&self, state: &mut State) -> Entry {
        state.admitted += 1;
        if self.has(Flaw::ThirtiethCallAddsAPermit) && state.admitted == 30 && !self.is_abroad() {
            state.max += 1;
        }
        Entry::Go(Token::default())
    }

    fn refusal(&self, state: &State, kind: RefusalKind) -> Refusal {
        let layer = match self.has(Flaw::RefusesInAnothersName) {
            true => Layer::new(Component::Bulkhead, "another"),
            false => self.layer.clone(),
        };
        let refusal = Refusal::new(kind, &layer);
        if self.has(Flaw::RefusesWithoutTheLimit) {
            return refusal;
        }
        refusal.with_limit(state.max.into())
    }

    fn refuse(&self, state: &mut State, kind: RefusalKind) -> Entry {
        state.refused += 1;
        if self.has(Flaw::EachTwentiethRefusalTakesAPermit) && state.refused.is_multiple_of(20) {
            state.held += 1;
        }
        Entry::Refuse(self.refusal(state, kind))
    }

    /// Gives free permits to calls that wait.
    fn grant(&self, state: &mut State) {
        while state.held < state.max {
            let Some(waiter) = state.next(self.has(Flaw::LastComesFirst)) else { return };
            waiter.is_granted = true;
            let waker = waiter.waker.take();
            state.held += 1;
            if let (Some(waker), false) = (waker, self.has(Flaw::WakesNobody) && !self.is_abroad())
            {
                waker.wake();
            }
        }
    }

    fn keeps_permit_of(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Panicked => self.has(Flaw::KeepsPermitsOfPanics),
            Verdict::Superseded => self.has(Flaw::KeepsPermitsOfSuperseded),
            Verdict::Abandoned => self.has(Flaw::KeepsPermitsOfAbandoned),
            Verdict::Unused => self.has(Flaw::KeepsPermitsOfUnused),
            _ => false,
        }
    }
}

impl Backend for Flawed {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        let mut guard = self.lock();
        let state = &mut *guard;
        let mut max = state.max;
        if self.has(Flaw::OtherThreadsHaveOneMore) && self.is_abroad() {
            max += 1;
        }
        if state.is_closed && !(self.has(Flaw::AdmitsWhenClosedIfNotFull) && state.held < max) {
            return self.refuse(state, RefusalKind::ShuttingDown);
        }
        let until = call.patience(Duration::ZERO);
        let waits = until > call.now();
        let is_kept = self.has(Flaw::LastPermitIsForWaiters) && !waits && state.held + 1 == max;
        if state.held < max && !is_kept {
            state.held += 1;
            return self.go(state);
        }
        if self.has(Flaw::NewcomersOvertake) && state.take_grant() {
            return self.go(state);
        }
        if !waits {
            return self.refuse(state, RefusalKind::BulkheadFull);
        }
        let longer = match self.has(Flaw::WaitsTwiceAsLong) {
            true => until.since(call.now()),
            false => Duration::ZERO,
        };
        let refusal = self.refusal(state, RefusalKind::BulkheadTimeout);
        let answer = Box::pin(Wait::new(self.clone(), state));
        Entry::Pending(Pending::new(answer, until + longer, refusal))
    }

    fn expire(&self, token: Option<Token>) {
        let mut state = self.lock();
        if !self.has(Flaw::CountsNoTimeouts) {
            state.refused += 1;
        }
        if token.is_none() {
            state.gave_up -= 1;
            state.has_expired = true;
        }
    }

    fn exit(&self, _token: Token, exit: &Exit<'_>) {
        let mut guard = self.lock();
        let (state, verdict) = (&mut *guard, exit.verdict());
        let booked = match verdict {
            Verdict::Panicked if self.has(Flaw::BooksPanicsAsFailures) => Verdict::Failure,
            verdict => verdict,
        };
        state.ended[booked.index()] += 1;
        if !self.keeps_permit_of(verdict) {
            state.held -= 1;
        }
        self.grant(state);
    }

    fn status(&self, _now: Tick) -> Status {
        let state = self.lock();
        let gave_up = match self.has(Flaw::LosesThoseWhoWentAway) {
            true => 0,
            false => state.gave_up.try_into().unwrap_or_default(),
        };
        let running = state.admitted - state.ended.iter().sum::<u64>();
        let status = Status::new(&self.layer, "ready")
            .with_gauge("running", running, "{call}")
            .with_gauge("waiting", state.waiting, "{call}")
            .with_counter("gave_up", gave_up, "{call}")
            .with_counter("admitted", state.admitted, "{call}")
            .with_counter("refused", state.refused, "{call}");
        Verdict::ALL.iter().fold(status, |status, verdict| {
            status.with_counter(verdict.as_str(), state.ended[verdict.index()], "{call}")
        })
    }
}

impl ManualControl for Flawed {
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> {
        let mut state = self.lock();
        match (action, key) {
            (ControlAction::Resize(0), None) => {
                state.is_closed |= self.has(Flaw::ZeroClosesIt);
                return Err(ControlError::new(&self.layer, "cannot have 0 permits"));
            }
            (ControlAction::Resize(max), Some(_)) if self.has(Flaw::ResizesForAKey) => {
                state.max = max;
            }
            (ControlAction::Resize(max), None) => {
                let is_less = max < state.max;
                let least = if self.has(Flaw::ShrinksByFreePermitsOnly) { state.held } else { 0 };
                state.max = if is_less { max.max(least) } else { max };
                if !self.has(Flaw::GrowsForNewcomersOnly) {
                    self.grant(&mut state);
                }
            }
            (action, key) => return Err(ControlError::unsupported(&self.layer, action, key)),
        }
        Ok(())
    }
}
