use std::time::Duration;

use proptest_state_machine::StateMachineTest;
use seawall_breaker::{CircuitBreaker, Control, State};
use seawall_core::{Backend, Call, Change, Driver, Entry, Exit, Token};
use seawall_testkit::{ManualClock, Recorder};

use crate::reference::Model;
use crate::step::Step;
use crate::terms::{self, Terms, millis};

pub(crate) struct Real {
    time: ManualClock,
    recorder: Recorder,
    breaker: CircuitBreaker,
    terms: Terms,
    under_way: Vec<Token>,
    control: Control,
    /// The number of the last change.
    number: u64,
    changes: Vec<(&'static str, &'static str, &'static str)>,
}

impl Real {
    fn start(terms: Terms) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let breaker = CircuitBreaker::start(&terms.options()).expect("valid").with_driver(driver);
        let control = Control::new();
        control.attach(&breaker);
        let (under_way, changes) = (Vec::new(), Vec::new());
        Self { time, recorder, breaker, terms, under_way, control, number: 0, changes }
    }

    fn note(&mut self, change: Option<Change>) {
        if let Some(change) = change {
            self.number += 1;
            assert_eq!(change.sequence, self.number);
            self.changes.push((change.from, change.to, change.cause));
        }
    }

    fn call(&mut self) {
        let call = Call::at(self.time.now());
        let answer = match self.breaker.enter(&call) {
            Entry::Go(token) => Some(token),
            Entry::Refuse(refusal) => {
                assert!(refusal.is_circuit_open());
                None
            }
            entry => panic!("{entry:?}"),
        };
        self.under_way.extend(answer);
        self.note(call.take_change());
    }

    fn set(&self, state: State) {
        match state {
            State::ForcedOpen => self.breaker.force_open(),
            State::Disabled => self.breaker.disable(),
            State::Observing => self.breaker.observe(),
            _ => self.breaker.reset(),
        }
    }

    fn turn(&self, state: State) {
        match state {
            State::ForcedOpen => self.control.force_open(),
            State::Disabled => self.control.disable(),
            State::Observing => self.control.observe(),
            _ => self.control.resume(),
        }
    }

    fn restart(&mut self) {
        let next = Self::start(self.terms);
        next.breaker.import(&self.breaker.export()).expect("a breaker gave it");
        *self = Self { changes: std::mem::take(&mut self.changes), ..next };
    }
}

impl StateMachineTest for Real {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(model: &Model) -> Self {
        Self::start(model.terms)
    }

    fn apply(mut real: Self, _model: &Model, step: Step) -> Self {
        match step {
            Step::Wait(wait) => real.time.advance(millis(wait)),
            Step::Call => real.call(),
            Step::End(nth, verdict, asked) => {
                let exit = Exit::at(real.time.now(), verdict);
                let exit = exit.with_retry_after(asked.map(millis));
                real.breaker.exit(real.under_way.remove(nth), &exit);
                real.note(exit.take_change());
            }
            Step::Set(state) => real.set(state),
            Step::Turn(state) => real.turn(state),
            Step::Trip(wait) => real.breaker.trip(millis(wait)),
            Step::Reconfigure(nth) => {
                real.terms = terms::ALL[nth];
                real.breaker.reconfigure(&real.terms.options()).expect("valid");
            }
            Step::Restart => real.restart(),
        }
        // What a hand has changed.
        for event in real.recorder.take() {
            real.note(event.change);
        }
        real
    }

    fn check_invariants(real: &Self, model: &Model) {
        let status = real.breaker.status();
        assert_eq!(status.state, model.state);
        assert_eq!(real.changes, model.changes);
        let now = real.time.now().as_nanos();
        assert_eq!(Duration::from_nanos(now), millis(model.now));
        assert_eq!(status.since, millis(model.now - model.since));
        assert_eq!(status.attempt, model.attempt);
        assert_eq!(real.under_way.len(), model.under_way.len());
        let totals = status.calls;
        let books = (totals.admitted, totals.refused, totals.late);
        assert_eq!(books, (model.admitted, model.refused, model.late));
        assert_eq!(totals.in_flight(), model.under_way.len() as u64);
        let is_over = model.state == State::Open && model.until() <= model.now;
        assert!(status.is_due || !is_over);
        if model.state == State::Open {
            let left = (model.until() - model.now).max(0);
            assert_eq!(status.retry_after, Some(millis(left)));
        }
        assert_eq!(status.failures, model.counting());
        let recent = model.terms.recent.map(|(limit, _)| model.recent().min(limit));
        assert_eq!(status.recent_failures.map(|failures| failures as usize), recent);
        let streak = status.consecutive_failures.map(|failures| failures as usize);
        assert_eq!(streak, Some(model.streak()));
    }
}
