use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use seawall_core::{
    Backend, Call, CallStats, Component, Entry, Exit, Layer, Refusal, RefusalKind, Status, Tick,
    Token,
};

use crate::FailsafeOptions;
use crate::machine::{Answer, Ended, Machine};

/// The machine as all threads see it: behind a lock, with its books.
pub(crate) struct Gate {
    layer: Layer,
    machine: Mutex<Machine>,
    stats: CallStats,
    late: AtomicU64,
}

impl Gate {
    pub(crate) fn new(options: &FailsafeOptions) -> Self {
        Self {
            layer: Layer::new(Component::CircuitBreaker, options.name.clone()),
            machine: Mutex::new(Machine::new(options)),
            stats: CallStats::new(),
            late: AtomicU64::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Gate {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        let now = call.now();
        let (answer, change) = self.lock().enter(now);
        if let Some(change) = change {
            call.note(change);
        }
        match answer {
            Answer::Go(token) => {
                self.stats.admit();
                Entry::Go(token)
            }
            Answer::Refuse(wait) => {
                self.stats.refuse();
                let refusal = Refusal::new(RefusalKind::CircuitOpen, &self.layer);
                Entry::Refuse(refusal.with_retry_after(wait))
            }
        }
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        let (now, verdict) = (exit.now(), exit.verdict());
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
        self.stats.add_to(status).with("late", self.late.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock().state();
        f.debug_struct("Gate").field("layer", &self.layer).field("state", &state).finish()
    }
}
