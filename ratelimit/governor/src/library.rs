use std::time::Duration;

use governor::clock::Clock;
use governor::{InsufficientCapacity, NotUntil};
use seawall_core::Call;

/// One of governor's limiters, whatever its keys, its store and its clock.
pub(crate) trait Library: Send + Sync {
    /// Takes the call's cost from its key.
    fn take(&self, call: &Call<'_>) -> Result<(), Denied>;

    /// Returns the number of keys in the store; `None` if it has no keys.
    fn keys(&self) -> Option<usize>;
}

/// Why a call gets no tokens.
#[derive(Debug)]
pub(crate) enum Denied {
    /// Too few are left; there may be enough after this time.
    For(Duration),
    /// There are never more than this number.
    Always(u32),
}

/// Translates an answer of governor's.
pub(crate) fn answer<T, C: Clock>(
    answer: Result<Result<T, NotUntil<C::Instant>>, InsufficientCapacity>,
    clock: &C,
) -> Result<(), Denied> {
    match answer {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(not_until)) => {
            // With a clock of its own, the time may have come meanwhile.
            let wait = not_until.wait_time_from(clock.now());
            Err(Denied::For(wait.max(Duration::from_nanos(1))))
        }
        Err(InsufficientCapacity(capacity)) => Err(Denied::Always(capacity)),
    }
}
