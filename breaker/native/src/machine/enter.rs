use std::time::Duration;

use seawall_core::{Layer, Refusal, RefusalKind, Tick};

use super::{Machine, Moment, Stage};
use crate::machine::probing::Probing;
use crate::transition::Transition;

/// The answer to a call that asks to be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Admitted; the call brings this number back as it ends.
    Admit(u64),
    Refuse(Refused),
}

/// Why a call is refused, and the time until a retry may be admitted, if that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    kind: RefusalKind,
    wait: Option<Duration>,
}

impl Refused {
    pub(crate) const FORCED_OPEN: Self = Self { kind: RefusalKind::CircuitForcedOpen, wait: None };

    const fn after(wait: Duration, kind: RefusalKind) -> Self {
        Self { kind, wait: Some(wait) }
    }

    /// Returns the refusal by `layer`.
    pub(crate) fn by(self, layer: &Layer) -> Refusal {
        let refusal = Refusal::new(self.kind, layer);
        match self.wait {
            Some(wait) => refusal.with_retry_after(wait),
            None => refusal,
        }
    }
}

/// How calls enter.
impl Machine {
    /// Answers a call that asks to be admitted, which may find that the time of the state is over.
    pub(crate) fn enter(&mut self, at: Moment) -> (Answer, Option<Transition>) {
        let now = at.now;
        let before = self.state();
        let cause = match &self.stage {
            Stage::Open(open) if now >= open.heals_at => {
                self.close(at);
                Some("healed")
            }
            Stage::Open(open) if now >= open.until => {
                // It is still open because of the same.
                let origin = self.origin;
                self.go(Stage::HalfOpen(Probing::default()), now);
                self.origin = origin;
                Some("reset time over")
            }
            Stage::Recovering(_) if self.is_ramp_over(now) => {
                // In the same generation: what is in flight still counts.
                (self.stage, self.since) = (Stage::Closed, now);
                self.attempt = 0;
                Some("ramp over")
            }
            _ => None,
        };
        let transition = match cause {
            Some(cause) => Some(self.transition(before, cause)),
            None => self.check_hung(at),
        };
        (self.answer(now), transition)
    }

    /// Checks whether calls that do not end break a rule.
    fn check_hung(&mut self, at: Moment) -> Option<Transition> {
        if !self.state().counts_calls() || !self.rules.need_entries() {
            return None;
        }
        self.rules.roll(at.now, at.successes);
        let broken = self.rules.check(at.now, at.successes);
        self.checked(broken, None, at)
    }

    fn answer(&mut self, now: Tick) -> Answer {
        let refused = match &mut self.stage {
            Stage::Disabled => return Answer::Admit(now.as_nanos()),
            Stage::Open(open) => {
                Some(Refused::after(open.until.since(now), RefusalKind::CircuitOpen))
            }
            Stage::ForcedOpen => Some(Refused::FORCED_OPEN),
            Stage::HalfOpen(probing) => {
                let probes = &self.options.probes;
                if let Some(number) = probing.begin(probes, now) {
                    return Answer::Admit(number);
                }
                let wait = probing.next(probes).since(now).min(self.last_wait);
                Some(Refused::after(wait, RefusalKind::CircuitHalfOpen))
            }
            Stage::Recovering(ramping) => {
                let wait =
                    self.options.ramp.and_then(|ramp| ramping.ask(&ramp, self.since, now).err());
                wait.map(|wait| Refused::after(wait, RefusalKind::CircuitRecovering))
            }
            Stage::Closed | Stage::Observing { .. } => None,
        };
        if let Some(refused) = refused {
            return Answer::Refuse(refused);
        }
        self.rules.enter(now);
        Answer::Admit(now.as_nanos())
    }
}
