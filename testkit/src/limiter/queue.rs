use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{Driver, Limiter, Permit, Refusal, Tick, Verdict};

use super::fixture::{BEGIN, CallKey, Fixture};
use super::{Bound, Setup, Subject};
use crate::ManualClock;

/// One rate limiter, and what a driver makes of its answers: so that calls can wait, in whatever way
/// the limiter has them wait.
pub(super) struct Driven {
    limiter: Arc<dyn Limiter>,
    pub(super) setup: Setup,
    pub(super) bound: Bound,
    clock: ManualClock,
    driver: Driver,
}

/// The calls that wait or have waited on a driven, in the order in which they came.
pub(super) struct Queue<'s> {
    driven: &'s Driven,
    waiters: Vec<Waiter<'s>>,
}

/// One call of a queue.
pub(super) struct Waiter<'s> {
    pub(super) key: CallKey,
    pub(super) cost: u32,
    state: State<'s>,
}

enum State<'s> {
    Waits(Pin<Box<dyn Future<Output = Answer<'s>> + 's>>),
    Runs(Tick, Permit<'s, Arc<dyn Limiter>>),
    Ran(Tick),
    Refused(Refusal),
    Gone,
}

type Answer<'s> = Result<Permit<'s, Arc<dyn Limiter>>, Refusal>;

impl Driven {
    pub(super) fn new(subject: &Subject<'_>) -> Self {
        Self::with(subject, Setup::default())
    }

    pub(super) fn with(subject: &Subject<'_>, setup: Setup) -> Self {
        let clock = ManualClock::new();
        clock.advance_to(BEGIN);
        let driver = Driver::new().with_clock(clock.clock());
        let limiter = subject.start(&setup).one;
        Self { limiter, setup, bound: subject.claim, clock, driver }
    }

    pub(super) fn now(&self) -> Tick {
        self.clock.now()
    }

    /// The same limiter as one that is asked without waiting.
    pub(super) fn fixture(&self) -> Fixture {
        Fixture::of(Arc::clone(&self.limiter), self.setup, self.bound, self.now())
    }
}

impl<'s> Queue<'s> {
    pub(super) fn on(driven: &'s Driven) -> Self {
        Self { driven, waiters: Vec::new() }
    }

    /// One more comes, and would wait for so long; or as long as the limiter says.
    pub(super) fn join(&mut self, key: CallKey, cost: u32, max_wait: Option<Duration>) -> usize {
        self.join_until(key, cost, max_wait, None)
    }

    /// The same with a deadline, from now.
    pub(super) fn join_until(
        &mut self,
        key: CallKey,
        cost: u32,
        max_wait: Option<Duration>,
        deadline: Option<Duration>,
    ) -> usize {
        let driven = self.driven;
        let answer = async move {
            let mut call = driven.driver.protect(&driven.limiter).cost(cost);
            if let Some(max_wait) = max_wait {
                call = call.max_wait(max_wait);
            }
            if let Some(deadline) = deadline {
                call = call.deadline(deadline);
            }
            match key {
                Some(key) => call.key(("key", key)).acquire().await,
                None => call.acquire().await,
            }
        };
        self.waiters.push(Waiter { key, cost, state: State::Waits(Box::pin(answer)) });
        self.poll();
        self.waiters.len() - 1
    }

    /// Lets time pass until all are through, or nobody waits for time.
    pub(super) fn play_out(&mut self) {
        while self.is_waiting() && self.driven.clock.advance_to_next() {
            self.poll();
        }
    }

    /// Lets `time` pass.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.driven.now() + time;
        while self.driven.clock.next_sleeper().is_some_and(|next| next <= until) {
            self.driven.clock.advance_to_next();
            self.poll();
        }
        self.driven.clock.advance_to(until);
        self.poll();
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.waiters.iter().any(|waiter| matches!(waiter.state, State::Waits(_)))
    }

    /// The `nth` goes away, if it still waits. Did it?
    pub(super) fn give_up(&mut self, nth: usize) -> bool {
        let waits = matches!(self.waiters[nth].state, State::Waits(_));
        if waits {
            self.waiters[nth].state = State::Gone;
            self.poll();
        }
        waits
    }

    /// The `nth` ends, if it runs.
    pub(super) fn end(&mut self, nth: usize, verdict: Verdict) {
        let state = std::mem::replace(&mut self.waiters[nth].state, State::Gone);
        self.waiters[nth].state = match state {
            State::Runs(at, permit) => {
                permit.settle(verdict);
                if verdict == Verdict::Unused { State::Gone } else { State::Ran(at) }
            }
            other => other,
        };
    }

    /// All, in the order in which they came.
    pub(super) fn waiters(&self) -> &[Waiter<'s>] {
        &self.waiters
    }

    /// When the `nth` was let through, if it was.
    pub(super) fn began(&self, nth: usize) -> Option<Tick> {
        self.waiters[nth].began()
    }

    /// The refusal of the `nth`, if it was refused.
    pub(super) fn refusal(&self, nth: usize) -> Option<&Refusal> {
        match &self.waiters[nth].state {
            State::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Polls key came last first: that the first is served first is up to the limiter.
    fn poll(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        let mut stirs = true;
        while std::mem::take(&mut stirs) {
            for waiter in self.waiters.iter_mut().rev() {
                let State::Waits(answer) = &mut waiter.state else { continue };
                let Poll::Ready(answer) = answer.as_mut().poll(&mut cx) else { continue };
                // One that is let through may make way for another that looked before.
                stirs = true;
                waiter.state = match answer {
                    Ok(permit) => State::Runs(self.driven.now(), permit),
                    Err(refusal) => State::Refused(refusal),
                };
            }
        }
    }
}

impl Waiter<'_> {
    /// When it was let through, if it was.
    pub(super) fn began(&self) -> Option<Tick> {
        match &self.state {
            State::Runs(at, _) | State::Ran(at) => Some(*at),
            State::Waits(_) | State::Refused(_) | State::Gone => None,
        }
    }
}
