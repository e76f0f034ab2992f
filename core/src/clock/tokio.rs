use ::tokio::runtime::Handle;
use ::tokio::time::Instant;
use std::time::Duration;

use super::{Sleep, TimeSource};
use crate::Tick;

/// Tokio's time. It keeps the runtime's handle, so that threads outside it can wait on it too.
pub(super) struct TokioTime {
    origin: Instant,
    runtime: Handle,
}

impl TokioTime {
    #[track_caller]
    pub(super) fn current() -> Self {
        Self { origin: now(), runtime: Handle::current() }
    }
}

/// Not the machine's time but the runtime's, which tests can pause.
fn now() -> Instant {
    Instant::now()
}

impl TimeSource for TokioTime {
    fn now(&self) -> Tick {
        Tick::ZERO + now().duration_since(self.origin)
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        let _inside = self.runtime.enter();
        match self.origin.checked_add(Duration::from_nanos(at.as_nanos())) {
            Some(instant) => Sleep::new(::tokio::time::sleep_until(instant)),
            None => Sleep::new(std::future::pending()),
        }
    }
}
