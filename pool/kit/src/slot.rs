use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::age::Age;
use crate::ledger::Ledger;
use crate::parcel::EmptyBox;
use crate::reason::Reason;

/// Holds one resource with its age and use, or nothing yet. A pool library stores these.
///
/// A slot knows its state, so dropping it, wherever and for whatever reason a library does so,
/// closes the resource and updates the pool's counts.
pub struct Slot<R>(Box<Content<R>>);

/// In a box, since on its way to a borrower and back a slot is moved some twenty times.
struct Content<R> {
    /// Taken as it is closed.
    resource: Option<R>,
    life: Life,
    age: Age,
    /// When it came back: see [`Ledger::era`].
    era: u64,
    /// See [`Parcel`](crate::parcel::Parcel).
    empty_box: Option<EmptyBox>,
    ledger: Arc<Ledger>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Idle,
    /// Borrowed, and to be closed for this reason if it is dropped as it is.
    Borrowed(Reason),
}

impl<R> Slot<R> {
    pub(crate) fn empty(ledger: &Arc<Ledger>) -> Self {
        Self(Box::new(Content {
            resource: None,
            life: Life::Borrowed(Reason::Abandoned),
            age: Age::NONE,
            era: 0,
            empty_box: None,
            ledger: Arc::clone(ledger),
        }))
    }

    /// Returns true if the slot holds no resource. An empty slot is useless when it comes back: a
    /// library that asks whether it is broken should get the answer yes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.resource.is_none()
    }

    /// Takes a new resource in, which is borrowed at once.
    pub(crate) fn fill(&mut self, resource: R, age: Age) {
        self.0.ledger.books.created();
        self.0.life = Life::Borrowed(Reason::Abandoned);
        (self.0.resource, self.0.age) = (Some(resource), age);
    }

    /// From idle to borrowed, for its check, or to be closed.
    pub(crate) fn borrow(&mut self, otherwise: Reason) {
        self.0.ledger.books.lent();
        self.0.life = Life::Borrowed(otherwise);
    }

    /// From its check to its borrower.
    pub(crate) fn end_check(&mut self) {
        self.0.life = Life::Borrowed(Reason::Abandoned);
    }

    /// From borrowed to idle, if there are no more than `most` in all. Or else it is surplus and is
    /// closed; was it kept?
    pub(crate) fn come_back(
        &mut self,
        most: u32,
        now: impl FnOnce() -> seawall_core::Tick,
    ) -> bool {
        self.0.age.begin_idle(now);
        self.0.era = self.0.ledger.era();
        if self.0.ledger.books.returned(most) {
            self.0.life = Life::Idle;
            return true;
        }
        self.drop_resource();
        self.0.ledger.books.closed_already_gone(Reason::Surplus);
        false
    }

    pub(crate) fn age(&self) -> &Age {
        &self.0.age
    }

    pub(crate) fn era(&self) -> u64 {
        self.0.era
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.0.ledger
    }

    /// Ends it while its place is still taken, so that there are never more than there are places.
    pub(crate) fn close(&mut self, reason: Reason) {
        if self.drop_resource() {
            self.0.ledger.books.closed(self.0.life == Life::Idle, reason);
        }
    }

    /// Ends it for the reason that it has by where it is in its life.
    pub(crate) fn close_as_it_is(&mut self) {
        self.close(match self.0.life {
            Life::Idle => Reason::ShutDown,
            Life::Borrowed(reason) => reason,
        });
    }

    /// Takes a borrowed resource out, to be closed well; it counts as there until the answer is
    /// dropped.
    pub(crate) fn take_out(&mut self, reason: Reason) -> Option<(R, Leaving)> {
        let resource = self.0.resource.take()?;
        Some((resource, Leaving { ledger: Arc::clone(&self.0.ledger), reason }))
    }

    /// Was there one?
    fn drop_resource(&mut self) -> bool {
        let Some(resource) = self.0.resource.take() else { return false };
        // A library may be closing it under its lock or while unwinding: a panic here would make its
        // pool unusable, or end the process. Who panics has been reported by the panic hook.
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(resource)));
        drop(dropped);
        true
    }

    pub(crate) fn pick_up_box(&mut self, empty: EmptyBox) {
        self.0.empty_box = Some(empty);
    }

    pub(crate) fn lay_down_box(&mut self) -> Option<EmptyBox> {
        self.0.empty_box.take()
    }

    pub(crate) fn get(&self) -> &R {
        self.0.resource.as_ref().expect(CLOSED)
    }

    pub(crate) fn get_mut(&mut self) -> &mut R {
        self.0.resource.as_mut().expect(CLOSED)
    }
}

const CLOSED: &str = "BUG: slot used after it was closed";

impl<R> Drop for Slot<R> {
    fn drop(&mut self) {
        self.close_as_it_is();
    }
}

impl<R> std::fmt::Debug for Slot<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_empty() { "Slot(empty)" } else { "Slot" })
    }
}

/// A resource that is being closed. It counts as borrowed until this is dropped.
pub(crate) struct Leaving {
    ledger: Arc<Ledger>,
    reason: Reason,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.ledger.books.closed(false, self.reason);
    }
}
