use std::cell::Cell;

use governor::clock::Clock;
use governor::nanos::Nanos;
use seawall_core::Tick;

thread_local! {
    static NOW: Cell<Tick> = const { Cell::new(Tick::ZERO) };
}

/// Shows governor the time of the call that this thread is asking about, since governor reads its
/// clock itself. Per thread, so that each call is decided as of its own time.
#[derive(Clone, Debug)]
pub(crate) struct CallClock;

impl CallClock {
    /// Runs `ask` with the clock at `now`.
    pub(crate) fn at<T>(now: Tick, ask: impl FnOnce() -> T) -> T {
        NOW.set(now);
        ask()
    }
}

impl Clock for CallClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(NOW.get().as_nanos())
    }
}
