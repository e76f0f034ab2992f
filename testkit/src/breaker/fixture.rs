use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Backend, Call, Change, Entry, Exit, Refusal, Status, Tick, Token, Verdict};

use super::{Setup, Subject};
pub(super) use crate::law::{BEGIN, MOMENT, read};

/// One circuit breaker, and the time it is told.
pub(super) struct Fixture {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) setup: Setup,
    now: Cell<Tick>,
}

impl Fixture {
    pub(super) fn new(subject: &Subject<'_>) -> Self {
        Self::with(subject, Setup::default())
    }

    pub(super) fn with(subject: &Subject<'_>, setup: Setup) -> Self {
        Self::at(subject, setup, BEGIN)
    }

    pub(super) fn at(subject: &Subject<'_>, setup: Setup, begin: Tick) -> Self {
        Self { backend: subject.start(&setup), setup, now: Cell::new(begin) }
    }

    /// One that has just opened.
    pub(super) fn open(subject: &Subject<'_>) -> Self {
        let fixture = Self::new(subject);
        fixture.trip();
        fixture
    }

    /// One that is open, and whose time is over.
    pub(super) fn due(subject: &Subject<'_>) -> Self {
        let fixture = Self::open(subject);
        fixture.pass_reset_time();
        fixture
    }

    pub(super) fn now(&self) -> Tick {
        self.now.get()
    }

    /// Lets time pass.
    pub(super) fn pass(&self, time: Duration) {
        self.now.set(self.now() + time);
    }

    /// Lets the time of an open circuit pass, and a little more.
    pub(super) fn pass_reset_time(&self) {
        self.pass(self.setup.reset_after + MOMENT);
    }

    /// Asks at `now`. May the call go on, and what change does that make?
    pub(super) fn ask_at(&self, now: Tick) -> (Result<Token, Refusal>, Option<Change>) {
        let call = Call::at(now);
        let answer = match self.backend.enter(&call) {
            Entry::Go(token) => Ok(token),
            Entry::Refuse(refusal) => Err(refusal),
            other => panic!("a circuit breaker lets a call through or refuses it, but: {other:?}"),
        };
        (answer, call.take_change())
    }

    pub(super) fn ask(&self) -> Result<Token, Refusal> {
        self.ask_at(self.now()).0
    }

    /// Asks for a call that has to be let through.
    #[track_caller]
    pub(super) fn admitted(&self, why: &str) -> Token {
        match self.ask() {
            Ok(token) => token,
            Err(refusal) => panic!("{why}, so the call goes through; but: {refusal}"),
        }
    }

    /// Asks for a call that has to be refused.
    #[track_caller]
    pub(super) fn refused(&self, why: &str) -> Refusal {
        match self.ask() {
            Ok(_) => panic!("{why}, so the call is refused; but it went through"),
            Err(refusal) => refusal,
        }
    }

    pub(super) fn end_at(&self, now: Tick, token: Token, verdict: Verdict) -> Option<Change> {
        let exit = Exit::at(now, verdict);
        self.backend.exit(token, &exit);
        exit.take_change()
    }

    pub(super) fn end(&self, token: Token, verdict: Verdict) {
        self.end_at(self.now(), token, verdict);
    }

    /// One call that goes through and ends with `verdict`.
    #[track_caller]
    pub(super) fn call(&self, verdict: Verdict) {
        self.end(self.admitted("the circuit is not open"), verdict);
    }

    /// As many failures as open it.
    #[track_caller]
    pub(super) fn trip(&self) {
        for _ in 0..self.setup.failures {
            self.call(Verdict::Failure);
        }
        self.is("open", "after as many failures as open it");
    }

    pub(super) fn status(&self) -> Status {
        self.backend.status(self.now())
    }

    #[track_caller]
    pub(super) fn is(&self, state: &str, when: &str) {
        let status = self.status();
        assert!(status.state == state, "{when}, the circuit is {state}; but: {status}");
    }

    #[track_caller]
    pub(super) fn reading(&self, name: &str) -> u64 {
        read(&self.status(), name)
    }

    /// All calls that have ended, as the books have it.
    #[track_caller]
    pub(super) fn ended(&self) -> u64 {
        let status = self.status();
        let verdicts = Verdict::ALL.iter().map(|verdict| read(&status, verdict.as_str()));
        verdicts.sum::<u64>() + read(&status, "late")
    }
}
