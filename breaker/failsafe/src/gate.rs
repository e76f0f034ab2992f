use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use seawall_core::{
    Backend, Call, CallStats, Clock, Component, ComponentClock, Entry, Exit, Layer, Refusal,
    Status, Tick, Token,
};

use crate::FailsafeOptions;
use crate::machine::{Answer, Ended, Machine};

/// The machine as all threads see it: behind a lock, with its statistics and its clock.
pub(crate) struct Gate {
    layer: Layer,
    machine: Mutex<Machine>,
    stats: CallStats,
    late: AtomicU64,
    clock: ComponentClock,
}

impl Gate {
    pub(crate) fn new(options: &FailsafeOptions) -> Self {
        Self {
            layer: Layer::new(Component::CircuitBreaker, options.name.clone()),
            machine: Mutex::new(Machine::new(options)),
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

    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Gate {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        if self.clock.get().is_none() {
            self.clock.settle_by(call);
        }
        let now = self.clock.now_of(call);
        let (answer, change) = self.lock().enter(now);
        if let Some(change) = change {
            call.note(change);
        }
        match answer {
            Answer::Go(token) => {
                self.stats.admit();
                Entry::Go(token)
            }
            Answer::Refuse(kind, wait) => {
                self.stats.refuse();
                let refusal = Refusal::new(kind, &self.layer);
                Entry::Refuse(refusal.with_retry_after(wait))
            }
        }
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        let (now, verdict) = (self.clock.now_at(exit), exit.verdict());
        let (ended, change) = self.lock().exit(token, verdict, now);
        match ended {
            Ended::InTime => self.stats.end(verdict),
            Ended::Late => {
                self.late.fetch_add(1, Ordering::Relaxed);
            }
        }
        if let Some(change) = change {
            exit.note(change);
        }
    }

    fn status(&self, now: Tick) -> Status {
        let machine = self.lock();
        let status = Status::new(&self.layer, machine.state()).with_retry_after(machine.wait(now));
        self.stats.add_to(status).with_counter("late", self.late.load(Ordering::Relaxed), "{call}")
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock().state();
        f.debug_struct("Gate").field("layer", &self.layer).field("state", &state).finish()
    }
}
