//! Wrong results of checkouts.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use seawall_core::pool::{Stage, TooSlow};
use seawall_core::{Refusal, RefusalKind};
use seawall_testkit::pool::DummyError;

use super::Flaw;
use super::checkout::Ask;
use super::flawed::Flawed;
use super::wrong_options::{MOMENT, MS};

impl Flawed {
    /// Changes the request.
    pub(super) fn misheard(&self, ask: &mut Ask) {
        let has_time = ask.until.since(ask.begin) > 30 * MS;
        let is_free = self.inner.status().borrowed == 0;
        match self.flaw {
            Some(Flaw::CutsAMomentEarly) if self.max() == 1 && has_time && is_free => {
                ask.until = ask.begin + (ask.until.since(ask.begin) - MOMENT);
            }
            Some(Flaw::WaitsThoughToldNotTo) if ask.until.since(ask.begin) <= 10 * MS => {
                ask.may_wait = true;
            }
            _ => {}
        }
    }

    /// Returns true if this refusal is delayed.
    pub(super) fn is_delayed(&self, refusal: &Refusal, ask: &Ask) -> bool {
        let source = refusal.source();
        let slow = cut_stage(refusal);
        match self.flaw {
            Some(Flaw::WaitIsCutLate) => {
                let was_cut = refusal.kind() == RefusalKind::CheckoutTimeout;
                was_cut && self.max() == 2 && ask.until > ask.begin
            }
            Some(Flaw::ConnectIsCutLate) => slow == Some(Stage::Connecting) && self.max() == 2,
            Some(Flaw::CheckIsCutLate) => slow == Some(Stage::Checking) && self.max() == 2,
            Some(Flaw::ResetIsCutLate) => self.waited_for_a_reset(refusal, ask),
            Some(Flaw::CheckAfterAWaitIsCutLate) => {
                let slow = source.and_then(|source| source.downcast_ref::<TooSlow>());
                slow.is_some_and(|slow| slow.after() == 25 * MS)
            }
            Some(Flaw::TellsFailedConnectsLate) if self.max() != 8 => {
                source.is_some_and(<dyn std::error::Error>::is::<DummyError>)
            }
            Some(Flaw::SendsAwayLate) => {
                refusal.kind() == RefusalKind::ShuttingDown && !ask.was_closed && self.max() == 3
            }
            _ => false,
        }
    }

    /// Changes the contents of the refusal.
    pub(super) fn reworded(&self, refusal: Refusal, ask: &Ask) -> Refusal {
        let was_closed = ask.was_closed && self.is_closed.load(SeqCst);
        let slow = refusal.source().and_then(|source| source.downcast_ref::<TooSlow>());
        match self.flaw {
            Some(Flaw::ForgetsTheLastError) => match slow {
                Some(slow) => {
                    let slow = TooSlow::new(slow.stage(), slow.after());
                    self.refuse(refusal.kind()).with_source(Arc::new(slow))
                }
                None => refusal,
            },
            Some(Flaw::DownIsFull) if cut_stage(&refusal) == Some(Stage::Waiting) => {
                self.refuse(RefusalKind::CheckoutTimeout)
            }
            Some(Flaw::LosesTheConnectError) => match refusal.source() {
                Some(source) if source.is::<DummyError>() => {
                    let wait = refusal.retry_after().unwrap_or_default();
                    self.refuse(refusal.kind()).with_retry_after(wait)
                }
                _ => refusal,
            },
            Some(Flaw::SaysNoTimeToRetry) if self.max() == 8 => self.refuse(refusal.kind()),
            Some(Flaw::DoesNotSayHowMany) if refusal.is_full() => self.refuse(refusal.kind()),
            Some(Flaw::ClosedIsFull) if was_closed => self.refuse(RefusalKind::PoolFull),
            _ => refusal,
        }
    }

    /// Returns true if this refusal loses a permit.
    pub(super) fn loses_for(&self, refusal: &Refusal, ask: &Ask) -> bool {
        if self.has(Flaw::CutResetCostsAPlace) {
            return self.waited_for_a_reset(refusal, ask);
        }
        let stage = cut_stage(refusal).filter(|_| self.max() == 2);
        matches!(
            (self.flaw, stage),
            (Some(Flaw::CutConnectCostsAPlace), Some(Stage::Connecting))
                | (Some(Flaw::CutCheckCostsAPlace), Some(Stage::Checking))
        )
    }

    /// Returns true if it was refused while its resource was reset.
    fn waited_for_a_reset(&self, refusal: &Refusal, ask: &Ask) -> bool {
        let has_waited = ask.until.since(ask.begin) == 30 * MS;
        has_waited && refusal.kind() == RefusalKind::CheckoutTimeout && self.max() == 1
    }

    /// Returns true if it is reported as a timeout, once the time is over.
    pub(super) fn is_a_timeout(&self, refusal: &Refusal) -> bool {
        let source = refusal.source().and_then(|source| source.downcast_ref());
        self.has(Flaw::AuthenticationErrorIsATimeout)
            && source == Some(&DummyError("authentication failed"))
    }
}

/// Returns the stage that was too slow, if any.
fn cut_stage(refusal: &Refusal) -> Option<Stage> {
    let source = refusal.source()?;
    source.downcast_ref().map(TooSlow::stage)
}
