use std::panic::catch_unwind;
use std::time::Duration;

use ::tokio::runtime::{Handle, RuntimeFlavor};
use ::tokio::task;
use ::tokio::time::Instant;

use super::{Sleep, TimeSource, system};
use crate::Tick;

/// The time of one Tokio runtime. It keeps the runtime's handle, so that all threads read the same
/// time and can wait on it.
pub(super) struct TokioTime {
    origin: Instant,
    runtime: Handle,
    /// Tokio pauses and advances the time of current-thread runtimes only.
    can_be_paused: bool,
}

impl TokioTime {
    #[track_caller]
    pub(super) fn current() -> Self {
        let runtime = Handle::current();
        let can_be_paused = runtime.runtime_flavor() != RuntimeFlavor::MultiThread;
        Self { origin: Instant::now(), runtime, can_be_paused }
    }

    fn instant(&self) -> Instant {
        if !self.can_be_paused {
            return Instant::from_std(system::instant());
        }
        let _inside = self.runtime.enter();
        Instant::now()
    }

    /// Returns true if this thread is the only one that drives the runtime, or may be.
    fn is_driven_by_this_thread(&self) -> bool {
        if Handle::try_current().map(|current| current.id()).ok() != Some(self.runtime.id()) {
            return false;
        }
        let may_drive = match self.runtime.runtime_flavor() {
            RuntimeFlavor::MultiThread => {
                self.runtime.metrics().num_workers() == 1 && task::try_id().is_some()
            }
            _ => true,
        };
        // Tokio tells a thread that drives a runtime from one that only knows it (as in
        // `spawn_blocking`) by a panic alone.
        may_drive && catch_unwind(|| self.runtime.block_on(async {})).is_err()
    }
}

impl TimeSource for TokioTime {
    fn now(&self) -> Tick {
        Tick::ZERO + self.instant().duration_since(self.origin)
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        let _inside = self.runtime.enter();
        match self.origin.checked_add(Duration::from_nanos(at.as_nanos())) {
            Some(instant) => Sleep::new(::tokio::time::sleep_until(instant)),
            None => Sleep::new(std::future::pending()),
        }
    }

    fn stops_with_this_thread(&self) -> bool {
        self.is_driven_by_this_thread()
    }
}
