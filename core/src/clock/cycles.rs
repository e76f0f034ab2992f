use std::sync::OnceLock;

use crate::Tick;

/// The processor's cycle counter, or what `quanta` uses in its place.
#[derive(Clone, Copy)]
pub(super) struct Cycles(&'static Counter);

struct Counter {
    clock: quanta::Clock,
    /// The first reading.
    origin: u64,
}

impl Cycles {
    /// Returns the one counter of the process, so that ticks of any two such clocks compare. The first
    /// use measures its speed, which takes some hundredths of a second.
    pub(super) fn shared() -> Self {
        static COUNTER: OnceLock<Counter> = OnceLock::new();
        Self(COUNTER.get_or_init(|| {
            let clock = quanta::Clock::new();
            let origin = clock.raw();
            Counter { clock, origin }
        }))
    }

    #[inline]
    pub(super) fn now(self) -> Tick {
        let Counter { clock, origin } = self.0;
        // Another core's counter may lag by a few cycles, which could put it before the origin.
        let raw = clock.raw().max(*origin);
        Tick::from_nanos(clock.delta_as_nanos(*origin, raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_go_back() {
        let clock = Cycles::shared();
        let first = clock.now();
        assert!(clock.now() >= first);
    }
}
