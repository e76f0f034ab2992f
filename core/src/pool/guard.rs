use std::ops::{Deref, DerefMut};

use super::Pool;
use crate::driver::ending::Ending;
use crate::{Class, Detail, Driver, Exit, Layer, Tick, Topic, Verdict};

/// A lent resource. It returns to its pool when this is dropped, and is closed if a panic drops it.
///
/// A dropped guard does not show whether a request was running. If the future that holds it may be
/// dropped, use [`Lend::transaction`](super::Lend::transaction), which closes the resource in that
/// case, or [`discard`](Lent::discard) it unless everything succeeded.
#[must_use = "a guard that is dropped returns its resource at once"]
pub struct Lent<'p, P: Pool> {
    driver: &'p Driver,
    pool: &'p P,
    /// Taken only when the resource is returned.
    item: Option<P::Item>,
    /// The time at which it was lent, for telemetry.
    since: Option<Tick>,
    usage: Usage,
    born_panicking: bool,
    /// True if a panic that drops this is the borrower's.
    blames_unwinding: bool,
}

/// How the use of a resource ended.
struct Usage {
    verdict: Verdict,
    timed_out: bool,
}

impl<'p, P: Pool> Lent<'p, P> {
    pub(super) fn new(driver: &'p Driver, pool: &'p P, item: P::Item) -> Self {
        let since = driver.is_observed().then(|| driver.clock().now());
        let usage = Usage { verdict: Verdict::Success, timed_out: false };
        let born_panicking = std::thread::panicking();
        let item = Some(item);
        Self { driver, pool, item, since, usage, born_panicking, blames_unwinding: false }
    }

    /// Takes a panic that drops this for the borrower's: for guards of one thread.
    pub(super) fn blame_unwinding(mut self) -> Self {
        self.blames_unwinding = true;
        self
    }

    /// Returns the resource, which was not used.
    pub(super) fn return_unused(mut self) {
        self.usage.verdict = Verdict::Unused;
    }

    /// Closes the resource instead of returning it, because it is broken or in an unsuitable state.
    pub fn discard(mut self) {
        self.usage.verdict = Verdict::Abandoned;
    }

    /// Returns the resource, and the receiver of the result of its use; until it has one, the use
    /// counts as abandoned.
    pub(super) fn split(&mut self) -> (&mut P::Resource, impl Ending) {
        let ending =
            UsageEnding { layer: self.pool.layer(), usage: &mut self.usage, panicked: false };
        ending.usage.verdict = Verdict::Abandoned;
        (self.item.as_deref_mut().expect(GONE), ending)
    }
}

const GONE: &str = "BUG: resource used after its guard was dropped";

struct UsageEnding<'u> {
    layer: &'u Layer,
    usage: &'u mut Usage,
    panicked: bool,
}

impl Ending for UsageEnding<'_> {
    fn label(&self) -> &Layer {
        self.layer
    }

    fn panicked(&mut self) -> &mut bool {
        &mut self.panicked
    }

    fn end(mut self, class: Class, timed_out: bool) {
        *self.usage = Usage { verdict: class.verdict, timed_out };
        self.panicked = false;
    }
}

impl Drop for UsageEnding<'_> {
    fn drop(&mut self) {
        if self.panicked {
            self.usage.verdict = Verdict::Panicked;
        }
    }
}

impl<P: Pool> Deref for Lent<'_, P> {
    type Target = P::Resource;

    fn deref(&self) -> &P::Resource {
        self.item.as_deref().expect(GONE)
    }
}

impl<P: Pool> DerefMut for Lent<'_, P> {
    fn deref_mut(&mut self) -> &mut P::Resource {
        self.item.as_deref_mut().expect(GONE)
    }
}

impl<P: Pool> Drop for Lent<'_, P> {
    fn drop(&mut self) {
        let Some(item) = self.item.take() else { return };
        let Usage { verdict, timed_out } = self.usage;
        // A task that unwinds drops all that it holds, whichever part of it panicked. So the resource
        // is closed, but the panic is the borrower's only where the borrower is one thread.
        let verdict = match verdict {
            Verdict::Success if std::thread::panicking() && !self.born_panicking => {
                if self.blames_unwinding { Verdict::Panicked } else { Verdict::Abandoned }
            }
            verdict => verdict,
        };
        let exit = Exit::on(self.driver.clock(), verdict).timed_out(timed_out);
        self.pool.checkin(item, &exit);
        if verdict == Verdict::Unused {
            return;
        }
        self.driver.emit(Topic::TransactionExecuted, self.pool.layer(), || Detail::Executed {
            verdict,
            timed_out,
            elapsed: self.since.map_or_else(Default::default, |since| exit.now().since(since)),
        });
    }
}

impl<P: Pool> std::fmt::Debug for Lent<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lent({})", self.pool.layer())
    }
}
