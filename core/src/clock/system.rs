use std::sync::OnceLock;
use std::time::Instant;

use crate::Tick;

/// Returns the origin of the process, so that ticks of any two system clocks compare.
fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(instant)
}

#[allow(clippy::disallowed_methods, reason = "the one place where the machine's time comes in")]
pub(super) fn instant() -> Instant {
    Instant::now()
}

#[inline]
pub(super) fn now() -> Tick {
    let origin = origin();
    Tick::ZERO + instant().duration_since(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_go_back() {
        let first = now();
        assert!(now() >= first);
    }
}
