use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{Backend, Permit, Refusal, Verdict};

use super::fixture::{Fixture, PATIENT};

/// Calls to a bulkhead, led by a driver, in the order of their arrival. All that wait are polled at each
/// step.
pub(super) struct Calls<'f> {
    fixture: &'f Fixture,
    calls: Vec<State<'f>>,
}

enum State<'f> {
    Waits(Acquire<'f>),
    Runs(Permit<'f, Arc<dyn Backend>>),
    Refused(Refusal),
    Gone,
}

pub(super) type Acquire<'f> =
    Pin<Box<dyn Future<Output = Result<Permit<'f, Arc<dyn Backend>>, Refusal>> + 'f>>;

/// Returns a call that waits for a permit, at most until `deadline` if there is one.
pub(super) fn acquire(
    fixture: &Fixture,
    max_wait: Duration,
    deadline: Option<Duration>,
) -> Acquire<'_> {
    Box::pin(async move {
        let call = fixture.driver.protect(fixture.backend()).max_wait(max_wait);
        match deadline {
            Some(deadline) => call.deadline(deadline).acquire().await,
            None => call.acquire().await,
        }
    })
}

impl<'f> Calls<'f> {
    pub(super) const fn at(fixture: &'f Fixture) -> Self {
        Self { fixture, calls: Vec::new() }
    }

    /// Adds a call that waits at most `max_wait`, and returns its number.
    pub(super) fn wait(&mut self, max_wait: Duration) -> usize {
        self.join(acquire(self.fixture, max_wait, None))
    }

    pub(super) fn join(&mut self, call: Acquire<'f>) -> usize {
        self.calls.push(State::Waits(call));
        let last = self.calls.len() - 1;
        self.poll_call(last);
        last
    }

    /// Adds a call that has to be admitted.
    #[track_caller]
    pub(super) fn hold(&mut self, why: &str) -> usize {
        let nth = self.wait(PATIENT);
        if !self.runs(nth) {
            self.settle();
        }
        assert!(
            self.runs(nth),
            "a call that may wait must be admitted, since a permit is free {why}"
        );
        nth
    }

    /// Adds as many calls as can run at once.
    #[track_caller]
    pub(super) fn fill(&mut self, why: &str) -> Vec<usize> {
        (0..self.fixture.max).map(|_| self.hold(why)).collect()
    }

    /// Asserts that no permit is free.
    #[track_caller]
    pub(super) fn assert_full(&mut self, when: &str) {
        let nth = self.wait(Duration::ZERO);
        assert!(
            self.refusal(nth).is_some(),
            "a call must be refused, since no permit is free {when}"
        );
    }

    /// Lets the time pass within which calls that wait get free permits.
    pub(super) fn settle(&mut self) {
        self.pass(self.fixture.grants_within);
    }

    /// Lets `time` pass, polling the calls whenever something can happen.
    pub(super) fn pass(&mut self, time: Duration) {
        let clock = &self.fixture.clock;
        let until = clock.now() + time;
        self.poll();
        while clock.next_sleeper().is_some_and(|next| next <= until) {
            clock.advance_to_next();
            self.poll();
        }
        clock.advance_to(until);
        self.poll();
    }

    pub(super) fn poll(&mut self) {
        (0..self.calls.len()).for_each(|nth| self.poll_call(nth));
    }

    pub(super) fn poll_call(&mut self, nth: usize) {
        let call = &mut self.calls[nth];
        let State::Waits(answer) = call else { return };
        match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(permit)) => *call = State::Runs(permit),
            Poll::Ready(Err(refusal)) => *call = State::Refused(refusal),
            Poll::Pending => {}
        }
    }

    pub(super) fn runs(&self, nth: usize) -> bool {
        matches!(self.calls[nth], State::Runs(_))
    }

    pub(super) fn waits(&self, nth: usize) -> bool {
        matches!(self.calls[nth], State::Waits(_))
    }

    pub(super) fn refusal(&self, nth: usize) -> Option<&Refusal> {
        match &self.calls[nth] {
            State::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Returns the numbers of the calls that run.
    pub(super) fn running(&self) -> Vec<usize> {
        (0..self.calls.len()).filter(|nth| self.runs(*nth)).collect()
    }

    /// Returns the numbers of the calls that wait.
    pub(super) fn waiting(&self) -> Vec<usize> {
        (0..self.calls.len()).filter(|nth| self.waits(*nth)).collect()
    }

    /// Ends a call that runs. No other is polled.
    #[track_caller]
    pub(super) fn end(&mut self, nth: usize, verdict: Verdict) {
        match std::mem::replace(&mut self.calls[nth], State::Gone) {
            State::Runs(permit) => permit.settle(verdict),
            _ => panic!("call {nth} must still run"),
        }
    }

    /// Drops a call that waits. No other is polled.
    #[track_caller]
    pub(super) fn leave(&mut self, nth: usize) {
        let state = std::mem::replace(&mut self.calls[nth], State::Gone);
        assert!(matches!(state, State::Waits(_)), "call {nth} must still wait");
    }
}
