use seawall_core::Tick;

use crate::options::Probes;

/// The probes of one half-open circuit.
#[derive(Debug, Default)]
pub(super) struct Probing {
    /// Oldest first, so that the probe that is overdue longest loses its permit.
    out: Vec<Probe>,
    last_number: u64,
    succeeded: u32,
    failed: u32,
}

/// A probe in flight.
#[derive(Clone, Copy, Debug)]
struct Probe {
    number: u64,
    entered: Tick,
    lease_until: Tick,
}

/// What the probes have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Nothing,
    Healthy,
    Sick,
}

impl Probing {
    /// Forgets what probes have shown, but not those in flight.
    pub(super) fn recount(&mut self) {
        (self.succeeded, self.failed) = (0, 0);
    }

    /// Makes a call a probe and returns its number, if there is a permit.
    pub(super) fn begin(&mut self, probes: &Probes, now: Tick) -> Option<u64> {
        // Under new options there may be more probes than permits.
        for _ in probes.permits..=self.taken() {
            let overdue = self.out.iter().position(|probe| probe.lease_until <= now)?;
            self.out.remove(overdue);
        }
        self.last_number += 1;
        let lease_until = now + probes.lease;
        self.out.push(Probe { number: self.last_number, entered: now, lease_until });
        Some(self.last_number)
    }

    /// Returns when the next call may be a probe, as far as is known.
    pub(super) fn next(&self, probes: &Probes) -> Tick {
        if self.taken() < probes.permits {
            return Tick::ZERO;
        }
        self.out.iter().map(|probe| probe.lease_until).min().unwrap_or(Tick::MAX)
    }

    /// Returns true if the probe of that number is in flight and has its permit.
    pub(super) fn is_out(&self, number: u64) -> bool {
        self.out.iter().any(|probe| probe.number == number)
    }

    /// Ends the probe of that number and returns when it entered, unless its permit was passed on.
    pub(super) fn end(&mut self, number: u64) -> Option<Tick> {
        let at = self.out.iter().position(|probe| probe.number == number)?;
        Some(self.out.remove(at).entered)
    }

    /// Counts the result of a probe and returns what all of them have shown.
    pub(super) fn count(&mut self, probes: &Probes, failed: bool) -> Shown {
        if failed {
            self.failed += 1;
        } else {
            self.succeeded += 1;
        }
        let needed = probes.needed();
        match () {
            () if self.succeeded >= needed => Shown::Healthy,
            () if self.failed > probes.permits - needed => Shown::Sick,
            () => Shown::Nothing,
        }
    }

    fn taken(&self) -> u32 {
        let out = u32::try_from(self.out.len()).unwrap_or(u32::MAX);
        out.saturating_add(self.succeeded + self.failed)
    }
}
