use std::time::Duration;

use seawall_core::{Tick, Verdict};

use super::exit::judge;
use super::{Machine, Moment, Stage};
use crate::transition::Transition;
use crate::{CallStats, OpenReason, Origin};

/// What is done on the advice of other instances. Manual control, and the time that an overloaded service
/// asked for, come first.
impl Machine {
    /// Opens a circuit that is closed or recovering.
    pub(crate) fn open_as_advised(&mut self, at: Moment) -> Option<Transition> {
        let before = self.state();
        if !matches!(self.stage, Stage::Closed | Stage::Recovering(_)) {
            return None;
        }
        self.open(at, None);
        Some(self.transition(before, "shared view"))
    }

    /// Ends an open circuit as probes that succeed do.
    pub(crate) fn close_as_advised(&mut self, at: Moment) -> Option<Transition> {
        let before = self.state();
        if !self.takes_advice(at.now) {
            return None;
        }
        self.found_healthy(at);
        Some(self.transition(before, "shared probe succeeded"))
    }

    /// Has an open circuit not be probed before `until`.
    pub(crate) fn hold_as_advised(&mut self, until: Tick) {
        if let Stage::Open(open) = &mut self.stage
            && open.reason != OpenReason::Manual
        {
            open.hold(until);
        }
    }

    /// Makes the next call to an open circuit its probe. Returns false if it cannot be probed now.
    pub(crate) fn probe_as_advised(&mut self, at: Moment) -> bool {
        if !self.takes_advice(at.now) {
            return false;
        }
        let age = self.age(at.now);
        if let Stage::Open(open) = &mut self.stage {
            open.wait = age;
            open.hold(Tick::ZERO);
        }
        self.schedule();
        true
    }

    /// Returns how long the options keep the circuit open once `failed` probes have failed.
    pub(crate) fn wait_after(&mut self, failed: u32) -> Duration {
        self.backoff(failed)
    }

    /// Returns the numbers of calls that succeeded and that failed.
    pub(crate) fn judged(&self, calls: &CallStats) -> (u64, u64) {
        let (mut succeeded, mut failed) = (0, 0);
        for &verdict in Verdict::ALL {
            match judge(verdict, &self.options) {
                Some(true) => failed += calls.ended(verdict),
                Some(false) => succeeded += calls.ended(verdict),
                None => {}
            }
        }
        (succeeded, failed)
    }

    /// Returns what the state began with.
    pub(crate) fn origin(&self) -> Origin {
        self.origin
    }

    /// Returns when the first probe of a half-open circuit has taken as long as one may.
    pub(crate) fn overdue_at(&self) -> Tick {
        match self.stage {
            Stage::HalfOpen(_) => self.since + self.options.probes.lease,
            _ => Tick::MAX,
        }
    }

    fn takes_advice(&self, now: Tick) -> bool {
        match &self.stage {
            Stage::Open(open) => match open.reason {
                OpenReason::Options => true,
                OpenReason::RetryAfter => now >= open.own_until(),
                OpenReason::Manual => false,
            },
            _ => false,
        }
    }
}
