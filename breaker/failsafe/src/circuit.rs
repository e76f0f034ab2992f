use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::{
    Backend, Call, CallStats, Change, Clock, Component, ComponentClock, Entry, Exit, Layer, Name,
    Refusal, RefusalKind, Status, Tick, Token, Verdict,
};

use crate::clock::DriverClock;
use crate::machine::Machine;
use crate::policy::OpenFor;
use crate::state::State;

/// A machine of failsafe's as a backend: with statistics, events, and results of earlier states told
/// apart.
pub(crate) struct Circuit {
    layer: Layer,
    machine: Box<dyn Machine>,
    seen: Mutex<Seen>,
    stats: CallStats,
    late: AtomicU64,
    clock: ComponentClock,
}

/// What was last seen of the machine.
struct Seen {
    state: State,
    /// The number of changes, which is also the generation of the calls admitted since the last one.
    changes: u64,
    /// What only a machine of our own has.
    own: Option<Own>,
}

pub(crate) struct Own {
    clock: DriverClock,
    open_for: OpenFor,
    /// When an open machine admits the next call.
    open_until: Tick,
}

impl Own {
    pub(crate) fn new(open_for: OpenFor) -> Self {
        Self { clock: DriverClock::new(), open_for, open_until: Tick::ZERO }
    }
}

impl Circuit {
    pub(crate) fn new(name: Name, machine: Box<dyn Machine>, own: Option<Own>) -> Self {
        let seen = Seen { state: State::of(&*machine), changes: 0, own };
        Self {
            layer: Layer::new(Component::CircuitBreaker, name),
            machine,
            seen: Mutex::new(seen),
            stats: CallStats::new(),
            late: AtomicU64::new(0),
            clock: ComponentClock::new(),
        }
    }

    /// Goes by `clock`, unless there is one that it goes by.
    pub(crate) fn settle(&self, clock: &Clock) {
        self.clock.settle(clock);
    }

    /// Returns the time for a status: that of its clock, or by `clock` if it has none yet.
    pub(crate) fn now(&self, clock: &Clock) -> Tick {
        self.clock.get().unwrap_or(clock).now()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the state. Changes nothing.
    fn state(&self, seen: &Seen) -> State {
        if seen.own.is_some() { seen.state } else { State::of(&*self.machine) }
    }

    /// Asks the machine. One of the application's may call back, so no lock is held meanwhile.
    fn ask<'c, T>(
        &'c self,
        mut seen: MutexGuard<'c, Seen>,
        now: Tick,
        ask: impl FnOnce(&dyn Machine) -> T,
    ) -> (T, MutexGuard<'c, Seen>) {
        if let Some(own) = &mut seen.own {
            (own.clock.at(now, || ask(&*self.machine)), seen)
        } else {
            drop(seen);
            (ask(&*self.machine), self.lock())
        }
    }
}

impl Seen {
    /// Looks at the machine again; returns the change since the last time.
    fn look(&mut self, machine: &dyn Machine, now: Tick) -> Option<Change> {
        let (from, to) = (self.state, State::of(machine));
        if from == to {
            return None;
        }
        self.state = to;
        self.changes += 1;
        if let (State::Open, Some(own)) = (to, &mut self.own) {
            // At the end of that time, failsafe still refuses.
            own.open_until = now + own.open_for.get() + Duration::from_nanos(1);
        }
        let change = Change::new(from.as_str(), to.as_str(), from.cause(to));
        Some(change.with_sequence(self.changes))
    }

    /// Returns how long calls are still refused, if that is known.
    fn wait(&self, now: Tick) -> Option<Duration> {
        let own = self.own.as_ref().filter(|_| self.state == State::Open)?;
        Some(own.open_until.since(now)).filter(|wait| !wait.is_zero())
    }
}

impl Backend for Circuit {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        if self.clock.get().is_none() {
            self.clock.settle_by(call);
        }
        let now = self.clock.now_of(call);
        let (is_permitted, mut seen) = self.ask(self.lock(), now, |machine| machine.permits());
        let usual = if is_permitted { State::Closed } else { State::Open };
        if seen.state != usual
            && let Some(change) = seen.look(&*self.machine, now)
        {
            call.note(change);
        }
        if is_permitted {
            self.stats.admit();
            Entry::Go(Token(seen.changes, 0))
        } else {
            self.stats.refuse();
            let refusal = Refusal::new(RefusalKind::CircuitOpen, &self.layer);
            Entry::Refuse(match seen.wait(now) {
                Some(wait) => refusal.with_retry_after(wait),
                None => refusal,
            })
        }
    }

    fn exit(&self, Token(generation, _): Token, exit: &Exit<'_>) {
        let seen = self.lock();
        if seen.changes != generation {
            self.late.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.stats.end(exit.verdict());
        let is_success = match exit.verdict() {
            Verdict::Success => true,
            Verdict::Failure | Verdict::Overload | Verdict::Panicked => false,
            Verdict::Ignored | Verdict::Abandoned | Verdict::Superseded | Verdict::Unused => return,
        };
        let now = self.clock.now_at(exit);
        let ((), mut seen) = self.ask(seen, now, |machine| machine.end(is_success));
        if !(is_success && seen.state == State::Closed)
            && let Some(change) = seen.look(&*self.machine, now)
        {
            exit.note(change);
        }
    }

    fn accepts_extra(&self, _call: &Call<'_>) -> bool {
        self.state(&self.lock()) == State::Closed
    }

    fn status(&self, now: Tick) -> Status {
        let seen = self.lock();
        let state = self.state(&seen);
        let status = Status::new(&self.layer, state.as_str()).with_retry_after(seen.wait(now));
        self.stats.add_to(status).with_counter("late", self.late.load(Ordering::Relaxed), "{call}")
    }
}

impl fmt::Debug for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Circuit")
            .field("layer", &self.layer)
            .field("machine", &self.machine)
            .finish()
    }
}
