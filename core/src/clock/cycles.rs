use std::sync::OnceLock;
use std::time::Duration;

use super::system;
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

    /// Returns the counter of the process if its measured speed is right: lengths of time are those of
    /// the system's clock to a thousandth. The first use checks this, in half a millisecond.
    pub(super) fn checked() -> Option<Self> {
        static IS_RIGHT: OnceLock<bool> = OnceLock::new();
        let cycles = Self::shared();
        // A thread that is put off between two reads looks like a wrong clock: hence several tries.
        let is_right = || (0..5).any(|_| cycles.agrees_with_the_system());
        IS_RIGHT.get_or_init(is_right).then_some(cycles)
    }

    fn agrees_with_the_system(self) -> bool {
        const LENGTH: Duration = Duration::from_micros(500);
        let (system, cycles) = (system::now(), self.now());
        while system::now().since(system) < LENGTH {
            std::hint::spin_loop();
        }
        let (system, cycles) = (system::now().since(system), self.now().since(cycles));
        system.abs_diff(cycles) <= system / 1000
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
    fn lengths_of_time_are_those_of_the_system() {
        assert!(Cycles::checked().is_some());
    }

    #[test]
    fn time_does_not_go_back() {
        let clock = Cycles::shared();
        let first = clock.now();
        assert!(clock.now() >= first);
    }
}
