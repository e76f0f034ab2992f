use std::time::Duration;

use seawall_core::Tick;

use super::probing::Probing;
use super::ramping::Ramping;
use crate::{OpenReason, State};

/// The state of a circuit, with the data that only this state has.
#[derive(Debug)]
pub(super) enum Stage {
    Closed,
    Open(OpenTime),
    HalfOpen(Probing),
    Recovering(Ramping),
    ForcedOpen,
    Disabled,
    Observing {
        /// The rule that is broken has been reported.
        reported: bool,
    },
}

/// How long an open circuit stays open.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenTime {
    /// The time it was opened for, though it may heal before that.
    pub(super) wait: Duration,
    pub(super) reason: OpenReason,
    /// When it is probed, if nothing holds it.
    due: Tick,
    /// A view that instances share keeps it from being probed before.
    held_until: Tick,
    /// When calls are no longer refused.
    pub(super) until: Tick,
    /// When it closes without a probe.
    pub(super) heals_at: Tick,
}

impl OpenTime {
    pub(super) const fn new(wait: Duration, reason: OpenReason) -> Self {
        let (due, held_until, until) = (Tick::ZERO, Tick::ZERO, Tick::ZERO);
        Self { wait, reason, due, held_until, until, heals_at: Tick::MAX }
    }

    /// Has it not be probed before `until`, though it heals.
    pub(super) fn hold(&mut self, until: Tick) {
        self.held_until = until;
        self.until = self.due.max(self.held_until).min(self.heals_at);
    }

    /// Returns when calls would no longer be refused if nothing held it.
    pub(super) fn own_until(&self) -> Tick {
        self.due.min(self.heals_at)
    }

    /// Finds out when its times are over. It opened at `since`, or earlier by `carried`.
    pub(super) fn schedule(
        &mut self,
        since: Tick,
        carried: Duration,
        heal_after: Option<Duration>,
    ) {
        let after = |time: Duration| since + time.saturating_sub(carried);
        let heals = heal_after.filter(|_| self.reason != OpenReason::Manual);
        self.heals_at = heals.map_or(Tick::MAX, after);
        self.due = after(self.wait);
        self.hold(self.held_until);
    }
}

impl Stage {
    /// Begins a state that manual control leads into, and the closed one.
    pub(super) const fn manual(state: State) -> Self {
        match state {
            State::ForcedOpen => Self::ForcedOpen,
            State::Disabled => Self::Disabled,
            State::Observing => Self::Observing { reported: false },
            _ => Self::Closed,
        }
    }

    pub(super) const fn state(&self) -> State {
        match self {
            Self::Closed => State::Closed,
            Self::Open(_) => State::Open,
            Self::HalfOpen(_) => State::HalfOpen,
            Self::Recovering(_) => State::Recovering,
            Self::ForcedOpen => State::ForcedOpen,
            Self::Disabled => State::Disabled,
            Self::Observing { .. } => State::Observing,
        }
    }
}
