//! Wrong handling of returned items.

use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Duration;

use seawall_core::{Exit, Tick, Verdict};
use seawall_testkit::pool::Connection;

use super::Flaw;
use super::flawed::Flawed;

const DECADE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

impl Flawed {
    /// Returns the verdict that the flawed pool gives this end of a use.
    pub(super) fn judged(&self, item: &Connection, exit: &Exit<'_>) -> Verdict {
        let status = self.inner.status();
        match (self.flaw, exit.verdict()) {
            (Some(Flaw::OverloadCloses), Verdict::Overload) => Verdict::Abandoned,
            (Some(Flaw::SupersededGivesBack), Verdict::Superseded) => Verdict::Success,
            (Some(Flaw::OverflowIsClosedThoughSomeoneWaits), Verdict::Success)
                if status.waiting > 0 && status.size > status.max =>
            {
                Verdict::Abandoned
            }
            (Some(Flaw::KeepsNothingAfterTenYears), Verdict::Success)
                if exit.now() > Tick::ZERO + DECADE && item.id() == 2 =>
            {
                Verdict::Abandoned
            }
            (_, verdict) => verdict,
        }
    }

    /// Returns true if the returned item is withheld from the pool.
    pub(super) fn keeps_back(&self, item: &Connection, exit: &Exit<'_>) -> bool {
        match self.flaw {
            Some(Flaw::PanicOfTheBorrowerCostsAPlace) => thread::panicking(),
            Some(Flaw::DroppedUseCostsAPlace) => {
                exit.verdict() == Verdict::Abandoned && item.is_midway()
            }
            Some(Flaw::ClosedKeepsWhatComesBack) => self.is_closed.load(SeqCst),
            Some(Flaw::LosesWhatOtherThreadsReturn) => {
                thread::current().id() != self.started_by
                    && self.foreign_returns.fetch_add(1, SeqCst) == 100
            }
            _ => false,
        }
    }
}
