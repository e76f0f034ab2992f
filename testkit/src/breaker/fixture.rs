use std::time::Duration;

use seawall_core::{
    Backend, Call, Change, Clock, Entry, Exit, Refusal, Status, Tick, Token, Verdict,
};

use super::{Handles, Setup, Subject};
use crate::ManualClock;
pub(super) use crate::law::{BEGIN, MOMENT, read};

/// One circuit breaker, and the time that it is given.
pub(super) struct Fixture {
    handles: Handles,
    pub(super) setup: Setup,
    time: ManualClock,
    clock: Clock,
}

impl Fixture {
    pub(super) fn new(subject: &Subject<'_>) -> Self {
        Self::with(subject, Setup::default())
    }

    pub(super) fn with(subject: &Subject<'_>, setup: Setup) -> Self {
        Self::at(subject, setup, BEGIN)
    }

    pub(super) fn at(subject: &Subject<'_>, setup: Setup, begin: Tick) -> Self {
        let time = ManualClock::new();
        time.advance_to(begin);
        Self { handles: subject.start(&setup), setup, clock: time.clock(), time }
    }

    /// One that has just opened.
    pub(super) fn open(subject: &Subject<'_>) -> Self {
        let fixture = Self::new(subject);
        fixture.trip();
        fixture
    }

    /// One that is open, and whose reset time is over.
    pub(super) fn due(subject: &Subject<'_>) -> Self {
        let fixture = Self::open(subject);
        fixture.pass_reset_time();
        fixture
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        &*self.handles.backend
    }

    /// Sets the options of the running breaker.
    pub(super) fn reconfigure(&self, setup: &Setup) {
        let Some(reconfigure) = &self.handles.reconfigure else {
            panic!(
                "this law sets the options again: pass `reconfigure = |breaker, setup, clock| …` to \
                 `breaker_laws!`, or declare the group `changing` with the reason"
            )
        };
        reconfigure(setup, &self.clock);
    }

    /// Forces the breaker open.
    pub(super) fn force_open(&self) {
        let Some(force_open) = &self.handles.force_open else {
            panic!(
                "this law forces the circuit open: pass `force_open = |breaker, clock| …` to \
                 `breaker_laws!`, or declare the group `forcing` with the reason"
            )
        };
        force_open(&self.clock);
    }

    pub(super) fn now(&self) -> Tick {
        self.time.now()
    }

    /// Lets time pass.
    pub(super) fn pass(&self, time: Duration) {
        self.time.advance(time);
    }

    /// Lets the reset time of an open circuit pass, and 1 ns more.
    pub(super) fn pass_reset_time(&self) {
        self.pass(self.setup.reset_after + MOMENT);
    }

    /// Lets a call enter at `now`; returns the answer and the change that it noted.
    pub(super) fn ask_at(&self, now: Tick) -> (Result<Token, Refusal>, Option<Change>) {
        let call = Call::at(now);
        let answer = match self.backend().enter(&call) {
            Entry::Go(token) => Ok(token),
            Entry::Refuse(refusal) => Err(refusal),
            other => {
                panic!("a circuit breaker must answer `Go` or `Refuse`; the answer is {other:?}")
            }
        };
        (answer, call.take_change())
    }

    pub(super) fn ask(&self) -> Result<Token, Refusal> {
        self.ask_at(self.now()).0
    }

    /// Asks for a call that has to be admitted.
    #[track_caller]
    pub(super) fn admitted(&self, why: &str) -> Token {
        match self.ask() {
            Ok(token) => token,
            Err(refusal) => panic!("the call must be admitted, since {why}; but: {refusal}"),
        }
    }

    /// Asks for a call that has to be refused.
    #[track_caller]
    pub(super) fn refused(&self, why: &str) -> Refusal {
        match self.ask() {
            Ok(_) => panic!("the call must be refused, since {why}; but it was admitted"),
            Err(refusal) => refusal,
        }
    }

    pub(super) fn end_at(&self, now: Tick, token: Token, verdict: Verdict) -> Option<Change> {
        let exit = Exit::at(now, verdict);
        self.backend().exit(token, &exit);
        exit.take_change()
    }

    pub(super) fn end(&self, token: Token, verdict: Verdict) {
        self.end_at(self.now(), token, verdict);
    }

    /// Makes one call that is admitted and ends with `verdict`.
    #[track_caller]
    pub(super) fn call(&self, verdict: Verdict) {
        self.end(self.admitted("the circuit is not open"), verdict);
    }

    /// Makes as many failures as open the circuit.
    #[track_caller]
    pub(super) fn trip(&self) {
        for _ in 0..self.setup.failures {
            self.call(Verdict::Failure);
        }
        self.is("open", "after as many failures as open it");
    }

    pub(super) fn status(&self) -> Status {
        self.backend().status(self.now())
    }

    #[track_caller]
    pub(super) fn is(&self, state: &str, when: &str) {
        let status = self.status();
        assert!(status.state == state, "{when}, the circuit must be {state}; but: {status}");
    }

    #[track_caller]
    pub(super) fn reading(&self, name: &str) -> u64 {
        read(&self.status(), name)
    }

    /// Returns the number of calls that ended, by the readings.
    #[track_caller]
    pub(super) fn ended(&self) -> u64 {
        let status = self.status();
        let verdicts = Verdict::ALL.iter().map(|verdict| read(&status, verdict.as_str()));
        verdicts.sum::<u64>() + read(&status, "late")
    }
}
