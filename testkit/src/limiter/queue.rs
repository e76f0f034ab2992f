use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{Backend, Permit, Refusal, Tick, Verdict};

use super::fixture::{CallKey, Fixture};
use crate::clock::Woken;

/// The calls that wait or have waited at a limiter, led by a driver, in the order of their arrival.
pub(super) struct Queue<'f> {
    fixture: &'f Fixture,
    waiters: Vec<Waiter<'f>>,
    /// Whether tasks run only when they are woken.
    sleeps: bool,
}

/// One call of a queue.
pub(super) struct Waiter<'f> {
    pub(super) key: CallKey,
    pub(super) cost: u32,
    woken: Arc<Woken>,
    state: State<'f>,
}

/// How long a call waits at most; by default as long as the limiter's own option allows.
#[derive(Clone, Copy, Default)]
pub(super) struct Patience {
    pub(super) max_wait: Option<Duration>,
    pub(super) deadline: Option<Duration>,
}

enum State<'f> {
    Waits(Pin<Box<dyn Future<Output = Answer<'f>> + 'f>>),
    Runs(Tick, Permit<'f, Arc<dyn Backend>>),
    Ran(Tick),
    Refused(Refusal),
    Gone,
}

type Answer<'f> = Result<Permit<'f, Arc<dyn Backend>>, Refusal>;

impl Patience {
    pub(super) const fn max_wait(max_wait: Duration) -> Self {
        Self { max_wait: Some(max_wait), deadline: None }
    }

    pub(super) const fn deadline(deadline: Duration) -> Self {
        Self { max_wait: Some(Duration::MAX), deadline: Some(deadline) }
    }
}

impl<'f> Queue<'f> {
    pub(super) fn at(fixture: &'f Fixture) -> Self {
        Self { fixture, waiters: Vec::new(), sleeps: false }
    }

    /// Polls no call any more until its last waker was woken. Other queues poll all calls at each
    /// step, so that only the law about waking depends on it.
    pub(super) fn sleep(&mut self) {
        self.sleeps = true;
    }

    /// Adds a call and returns its number.
    pub(super) fn join(&mut self, key: CallKey, cost: u32, patience: Patience) -> usize {
        let fixture = self.fixture;
        let answer = async move {
            let mut call = fixture.driver.protect(fixture.backend()).cost(cost);
            if let Some(max_wait) = patience.max_wait {
                call = call.max_wait(max_wait);
            }
            if let Some(deadline) = patience.deadline {
                call = call.deadline(deadline);
            }
            match key {
                Some(key) => call.key(("key", key)).acquire().await,
                None => call.acquire().await,
            }
        };
        let state = State::Waits(Box::pin(answer));
        self.waiters.push(Waiter { key, cost, woken: Woken::set(), state });
        self.poll();
        self.waiters.len() - 1
    }

    /// Adds a call that waits at most `max_wait`, and returns its number.
    pub(super) fn wait(&mut self, key: CallKey, cost: u32, max_wait: Duration) -> usize {
        self.join(key, cost, Patience::max_wait(max_wait))
    }

    /// Lets time pass until no call waits for it any more.
    pub(super) fn finish(&mut self) {
        while self.is_waiting() && self.fixture.clock.advance_to_next() {
            self.poll();
        }
    }

    /// Lets `time` pass, polling at each time at which a call may go.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.fixture.now() + time;
        while self.fixture.clock.next_sleeper().is_some_and(|next| next <= until) {
            self.fixture.clock.advance_to_next();
            self.poll();
        }
        self.pass_asleep(until.since(self.fixture.now()));
    }

    /// Lets `time` pass as if the waiting tasks were not run in between, and then polls them.
    pub(super) fn pass_asleep(&mut self, time: Duration) {
        self.fixture.pass(time);
        self.poll();
    }

    /// Returns true if any call waits.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiters.iter().any(|waiter| matches!(waiter.state, State::Waits(_)))
    }

    /// Drops the call's future if it still waits; returns true if it did.
    pub(super) fn leave(&mut self, nth: usize) -> bool {
        let waits = matches!(self.waiters[nth].state, State::Waits(_));
        if waits {
            self.waiters[nth].state = State::Gone;
            self.poll();
        }
        waits
    }

    /// Ends the call if it runs.
    pub(super) fn end(&mut self, nth: usize, verdict: Verdict) {
        let state = std::mem::replace(&mut self.waiters[nth].state, State::Gone);
        self.waiters[nth].state = match state {
            State::Runs(at, permit) => {
                permit.settle(verdict);
                if verdict == Verdict::Unused { State::Gone } else { State::Ran(at) }
            }
            other => other,
        };
        self.poll();
    }

    /// Returns all calls, in the order of their arrival.
    pub(super) fn waiters(&self) -> &[Waiter<'f>] {
        &self.waiters
    }

    /// Returns when the call was admitted, if it was.
    pub(super) fn began(&self, nth: usize) -> Option<Tick> {
        self.waiters[nth].began()
    }

    /// Returns when each call was admitted, if it was.
    pub(super) fn all_began(&self) -> Vec<Option<Tick>> {
        self.waiters.iter().map(Waiter::began).collect()
    }

    /// Returns the call's refusal, if it was refused.
    pub(super) fn refusal(&self, nth: usize) -> Option<&Refusal> {
        match &self.waiters[nth].state {
            State::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Polls the last call first: serving them in order is up to the limiter.
    fn poll(&mut self) {
        let (mut all, mut changed) = (!self.sleeps, true);
        while std::mem::take(&mut changed) {
            for waiter in self.waiters.iter_mut().rev() {
                let State::Waits(answer) = &mut waiter.state else { continue };
                if !waiter.woken.take() && !all {
                    continue;
                }
                // It may have woken another that was passed before.
                changed = true;
                waiter.woken = Arc::default();
                let waker = Waker::from(Arc::clone(&waiter.woken));
                let mut cx = Context::from_waker(&waker);
                let Poll::Ready(answer) = answer.as_mut().poll(&mut cx) else { continue };
                waiter.state = match answer {
                    Ok(permit) => State::Runs(self.fixture.now(), permit),
                    Err(refusal) => State::Refused(refusal),
                };
            }
            all = false;
        }
    }
}

impl Waiter<'_> {
    /// Returns when the call was admitted, if it was.
    pub(super) fn began(&self) -> Option<Tick> {
        match &self.state {
            State::Runs(at, _) | State::Ran(at) => Some(*at),
            State::Waits(_) | State::Refused(_) | State::Gone => None,
        }
    }
}
