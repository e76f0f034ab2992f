use seawall_core::Tick;

use crate::options::Probes;

/// The probes of one half-open circuit.
#[derive(Debug, Default)]
pub(crate) struct Probing {
    /// Oldest first, so that the one overdue longest loses its turn.
    out: Vec<Probe>,
    last_number: u64,
    succeeded: u32,
    failed: u32,
}

/// A probe that is under way.
#[derive(Clone, Copy, Debug)]
struct Probe {
    number: u64,
    entered: Tick,
    lease_until: Tick,
}

/// What the probes have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Nothing,
    Healthy,
    Sick,
}

impl Probing {
    /// Starts anew.
    pub(crate) fn clear(&mut self) {
        self.recount();
        self.out.clear();
    }

    /// Forgets what was shown, and leaves out who is.
    pub(crate) fn recount(&mut self) {
        (self.succeeded, self.failed) = (0, 0);
    }

    /// A call asks to be a probe: its number, if it may.
    pub(crate) fn begin(&mut self, probes: &Probes, now: Tick) -> Option<u64> {
        // Under new options there may be more out than permits.
        for _ in probes.permits..=self.taken() {
            let overdue = self.out.iter().position(|probe| probe.lease_until <= now)?;
            self.out.remove(overdue);
        }
        self.last_number += 1;
        let lease_until = now + probes.lease;
        self.out.push(Probe { number: self.last_number, entered: now, lease_until });
        Some(self.last_number)
    }

    /// When the next call may be a probe, as far as is known.
    pub(crate) fn next(&self, probes: &Probes) -> Tick {
        if self.taken() < probes.permits {
            return Tick::ZERO;
        }
        self.out.iter().map(|probe| probe.lease_until).min().unwrap_or(Tick::MAX)
    }

    /// Is the probe of that number under way, and has its turn?
    pub(crate) fn is_out(&self, number: u64) -> bool {
        self.out.iter().any(|probe| probe.number == number)
    }

    /// The probe of that number has ended: when it entered, unless its turn was given away.
    pub(crate) fn end(&mut self, number: u64) -> Option<Tick> {
        let at = self.out.iter().position(|probe| probe.number == number)?;
        Some(self.out.remove(at).entered)
    }

    /// What one that has ended has shown, and so all of them.
    pub(crate) fn count(&mut self, probes: &Probes, failed: bool) -> Shown {
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
