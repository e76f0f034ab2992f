//! A manager that does what the flaw requires and tracks the progress of each checkout.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

use seawall_core::pool::Manage;
use seawall_core::{Clock, Deadline, Tick};
use seawall_testkit::pool::{Act, Connection, Dummy, DummyError};

use super::Flaw;
use super::wrong_options::{MOMENT, MS};

/// The progress of the checkout that is polled on this thread.
#[derive(Clone, Copy, Default)]
pub(super) struct Progress {
    pub(super) act: Option<Act>,
    pub(super) failed_checks: u32,
}

thread_local! {
    pub(super) static PROGRESS: Cell<Progress> = Cell::default();
}

pub(super) struct Manager {
    pub(super) dummy: Dummy,
    pub(super) flaw: Option<Flaw>,
    pub(super) clock: Clock,
    /// The options' `max_size`.
    pub(super) max: u32,
    pub(super) owed: Arc<AtomicU32>,
    pub(super) broken: AtomicU32,
    pub(super) resets: AtomicU32,
}

impl Manager {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn trusts(&self, connection: &Connection) -> bool {
        self.has(Flaw::TrustsTheDead) && connection.is_dead()
    }
}

/// Records that `act` is running until it has ended.
async fn doing<T>(act: Act, work: impl Future<Output = T>) -> T {
    change(|progress| progress.act = Some(act));
    let output = work.await;
    change(|progress| progress.act = None);
    output
}

fn change(change: impl FnOnce(&mut Progress)) {
    let mut progress = PROGRESS.get();
    change(&mut progress);
    PROGRESS.set(progress);
}

impl Manage for Manager {
    type Resource = Connection;
    type Error = DummyError;

    async fn create(&self) -> Result<Connection, DummyError> {
        let created = doing(Act::Create, self.dummy.create()).await;
        let anew = self.has(Flaw::ConnectsAnew) && self.max == 1;
        if anew && self.clock.now() == Tick::ZERO + 45 * MS {
            self.clock.sleep_until(self.clock.now() + 45 * MS).await;
        }
        created
    }

    async fn check(&self, connection: &mut Connection) -> Result<(), DummyError> {
        if self.trusts(connection) {
            return Ok(());
        }
        let check = doing(Act::Check, self.dummy.check(connection));
        let checked = if self.has(Flaw::HalfReadIsGood) && self.max == 2 {
            let almost = self.clock.now() + (30 * MS - MOMENT);
            Deadline::new(&self.clock, almost).cut(check).await.unwrap_or(Ok(()))
        } else {
            check.await
        };
        change(|progress| progress.failed_checks += u32::from(checked.is_err()));
        checked
    }

    async fn reset(&self, connection: &mut Connection) -> Result<(), DummyError> {
        let nth = self.resets.fetch_add(1, SeqCst) + 1;
        let skips = self.has(Flaw::SkipsTheFourthReset) && self.max == 1 && nth == 4;
        let skips = skips && self.clock.now() == Tick::ZERO;
        if skips || self.trusts(connection) {
            return Ok(());
        }
        let owes = Owes(self, Flaw::PanicInResetCostsAPlace);
        let reset = doing(Act::Reset, self.dummy.reset(connection)).await;
        drop(owes);
        if self.has(Flaw::FailedResetIsGood) && self.max == 3 { Ok(()) } else { reset }
    }

    fn is_broken(&self, connection: &Connection) -> bool {
        let owes = Owes(self, Flaw::PanicInIsBrokenCostsAPlace);
        let is_broken = self.dummy.is_broken(connection);
        drop(owes);
        let nth = self.broken.fetch_add(is_broken.into(), SeqCst);
        is_broken && !(self.has(Flaw::TrustsTheSecondThatIsBroken) && nth > 0)
    }

    async fn close(&self, connection: Connection) {
        if self.has(Flaw::TakesNoLeave) {
            return;
        }
        let owes = Owes(self, Flaw::PanicInCloseCostsAPlace);
        self.dummy.close(connection).await;
        drop(owes);
    }
}

/// Loses a permit if a panic drops it, in a pool with this flaw.
struct Owes<'m>(&'m Manager, Flaw);

impl Drop for Owes<'_> {
    fn drop(&mut self) {
        if thread::panicking() && self.0.has(self.1) {
            self.0.owed.fetch_add(1, SeqCst);
        }
    }
}
