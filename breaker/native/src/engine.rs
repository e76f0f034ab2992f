use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Change, Component, Entry, Exit, Layer, Refusal, RefusalKind, Status, Tick,
    Token, Verdict,
};

use crate::phase::Phase;
use crate::totals::Counters;
use crate::window::FailureWindow;
use crate::{BreakerOptions, BreakerStatus, State};

/// The state machine. A call through a closed circuit that does not fail takes no lock and reads no
/// clock; a refusal takes no lock.
#[derive(Debug)]
pub(crate) struct Engine {
    layer: Layer,
    reset_after: Duration,
    probe_lease: Duration,
    /// The phase, as bits. Written only under the lock, last.
    phase: AtomicU64,
    /// Until when calls are refused, in the phases that refuse: nanoseconds of a tick.
    until: AtomicU64,
    counters: Counters,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    since: Tick,
    window: FailureWindow,
}

impl Engine {
    pub(crate) fn new(options: &BreakerOptions) -> Self {
        Self {
            layer: Layer::new(Component::CircuitBreaker, options.name.clone()),
            reset_after: options.reset_after,
            probe_lease: options.probe_lease,
            phase: AtomicU64::new(Phase::START.to_bits()),
            until: AtomicU64::new(0),
            counters: Counters::default(),
            inner: Mutex::new(Inner {
                since: Tick::ZERO,
                window: FailureWindow::new(options.failures, options.window),
            }),
        }
    }

    fn phase(&self) -> Phase {
        Phase::from_bits(self.phase.load(Ordering::Acquire))
    }

    fn until(&self) -> Tick {
        Tick::from_nanos(self.until.load(Ordering::Acquire))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes to `state`. Whoever sees the new phase sees its `until` too; whoever sees the old phase
    /// with the new `until` asks again under the lock, or refuses with a time that is as good.
    fn go(&self, inner: &mut Inner, state: State, until: Tick, now: Tick) -> Phase {
        let next = self.phase().next(state);
        self.until.store(until.as_nanos(), Ordering::Release);
        self.phase.store(next.to_bits(), Ordering::Release);
        inner.since = now;
        next
    }

    fn admit(&self, phase: Phase) -> Entry<'_> {
        self.counters.admit();
        Entry::Go(Token(phase.to_bits(), 0))
    }

    /// Refuses for `wait`; but a probe seldom takes its whole lease, so not for longer than an open
    /// circuit would.
    #[cold]
    fn refuse(&self, wait: Duration) -> Entry<'_> {
        self.counters.refuse();
        let wait = wait.min(self.reset_after);
        let refusal = Refusal::new(RefusalKind::CircuitOpen, &self.layer);
        Entry::Refuse(refusal.with_retry_after(wait))
    }

    /// The time for a probe has come, as far as could be seen without the lock.
    #[cold]
    fn probe(&self, call: &Call<'_>) -> Entry<'_> {
        let mut inner = self.lock();
        let (phase, now) = (self.phase(), call.now());
        if phase.state() == State::Closed {
            return self.admit(phase);
        }
        let wait = self.until().since(now);
        if !wait.is_zero() {
            return self.refuse(wait);
        }
        let since = inner.since;
        let next = self.go(&mut inner, State::HalfOpen, now + self.probe_lease, now);
        match phase.state() {
            State::Open => call.note(change(State::Open, State::HalfOpen, "reset time over")),
            // Still half-open: the probe before was given back, or its lease is over.
            _ => inner.since = since,
        }
        self.admit(next)
    }

    /// A call of this phase has failed.
    #[cold]
    fn failed(&self, phase: Phase, exit: &Exit<'_>) {
        let mut inner = self.lock();
        if self.phase() != phase {
            return self.counters.late();
        }
        self.counters.end(exit.verdict());
        let now = exit.now();
        let cause = match phase.state() {
            State::Closed if inner.window.record(now) => "too many failures within the window",
            State::HalfOpen => "probe failed",
            _ => return,
        };
        inner.window.clear();
        self.go(&mut inner, State::Open, now + self.reset_after, now);
        exit.note(change(phase.state(), State::Open, cause));
    }

    /// The probe has ended, and has not failed.
    #[cold]
    fn probed(&self, phase: Phase, exit: &Exit<'_>) {
        let mut inner = self.lock();
        if self.phase() != phase {
            return self.counters.late();
        }
        self.counters.end(exit.verdict());
        if exit.verdict() == Verdict::Success {
            self.go(&mut inner, State::Closed, Tick::ZERO, exit.now());
            exit.note(change(State::HalfOpen, State::Closed, "probe succeeded"));
        } else {
            // It says nothing, so the next call may try.
            self.until.store(0, Ordering::Release);
        }
    }

    pub(crate) fn describe(&self, now: Tick) -> BreakerStatus {
        let inner = self.lock();
        let state = self.phase().state();
        let closed = state == State::Closed;
        BreakerStatus {
            state,
            since: inner.since,
            failures: inner.window.count(now),
            retry_after: (!closed).then(|| self.until().since(now)),
            totals: self.counters.read(),
        }
    }
}

const fn change(from: State, to: State, cause: &'static str) -> Change {
    Change { from: from.as_str(), to: to.as_str(), cause }
}

impl Backend for Engine {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    #[inline]
    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        let phase = self.phase();
        if phase.state() == State::Closed {
            return self.admit(phase);
        }
        let wait = self.until().since(call.now());
        if wait.is_zero() { self.probe(call) } else { self.refuse(wait) }
    }

    #[inline]
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        let phase = Phase::from_bits(token.0);
        if phase != self.phase() {
            return self.counters.late();
        }
        match exit.verdict() {
            Verdict::Failure | Verdict::Panicked => self.failed(phase, exit),
            _ if phase.state() == State::HalfOpen => self.probed(phase, exit),
            verdict => self.counters.end(verdict),
        }
    }

    fn status(&self, now: Tick) -> Status {
        self.describe(now).into_status(&self.layer)
    }
}
