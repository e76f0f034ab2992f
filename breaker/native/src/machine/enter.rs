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
pub(crate) enum Refused {
    Open(Duration),
    ForcedOpen,
    ProbesOut(Duration),
    Ramp(Duration),
}

impl Refused {
    /// Returns the refusal by `layer`.
    pub(crate) fn by(self, layer: &Layer) -> Refusal {
        let (kind, wait) = match self {
            Self::Open(wait) => (RefusalKind::CircuitOpen, Some(wait)),
            Self::ForcedOpen => (RefusalKind::CircuitForcedOpen, None),
            Self::ProbesOut(wait) => (RefusalKind::CircuitHalfOpen, Some(wait)),
            Self::Ramp(wait) => (RefusalKind::CircuitRecovering, Some(wait)),
        };
        let refusal = Refusal::new(kind, layer);
        match wait {
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
                self.go(Stage::HalfOpen(Probing::default()), now);
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
        let admitted = match &mut self.stage {
            Stage::Disabled => return Answer::Admit(now.as_nanos()),
            Stage::Open(open) => Err(Refused::Open(open.until.since(now))),
            Stage::ForcedOpen => Err(Refused::ForcedOpen),
            Stage::HalfOpen(probing) => {
                let probes = &self.options.probes;
                return match probing.begin(probes, now) {
                    Some(number) => Answer::Admit(number),
                    None => {
                        let wait = probing.next(probes).since(now).min(self.last_wait);
                        Answer::Refuse(Refused::ProbesOut(wait))
                    }
                };
            }
            Stage::Recovering(ramping) => self
                .options
                .ramp
                .map_or(Ok(()), |ramp| ramping.ask(&ramp, self.since, now).map_err(Refused::Ramp)),
            Stage::Closed | Stage::Observing { .. } => Ok(()),
        };
        match admitted {
            Ok(()) => {
                self.rules.enter(now);
                Answer::Admit(now.as_nanos())
            }
            Err(refused) => Answer::Refuse(refused),
        }
    }
}
