use std::ops::{Deref, DerefMut};

use super::Pool;
use crate::driver::ending::Ending;
use crate::{Class, Detail, Driver, Exit, Layer, Tick, Topic, Verdict};

/// A lent resource. It goes back to its pool when this is dropped, and is closed there if a panic
/// drops it.
///
/// Nobody can tell from a dropped guard whether a request was under way: where the future that
/// holds it may be dropped, use [`Lend::transaction`](super::Lend::transaction), which closes the
/// resource then, or [`discard`](Lent::discard) it unless all went well.
#[must_use = "a resource that is dropped goes back at once"]
pub struct Lent<'p, P: Pool> {
    driver: &'p Driver,
    pool: &'p P,
    /// Taken only when the resource goes back.
    item: Option<P::Item>,
    /// Since when it is lent, for telemetry.
    since: Option<Tick>,
    usage: Usage,
    born_panicking: bool,
}

/// What became of the use that was made of a resource.
struct Usage {
    verdict: Verdict,
    timed_out: bool,
}

impl<'p, P: Pool> Lent<'p, P> {
    pub(super) fn new(driver: &'p Driver, pool: &'p P, item: P::Item) -> Self {
        let since = driver.is_observed().then(|| driver.clock().now());
        let usage = Usage { verdict: Verdict::Success, timed_out: false };
        let born_panicking = std::thread::panicking();
        Self { driver, pool, item: Some(item), since, usage, born_panicking }
    }

    /// Closes the resource instead of giving it back: it is broken, or in a state that nobody else
    /// should see.
    pub fn discard(mut self) {
        self.usage.verdict = Verdict::Abandoned;
    }

    /// The resource, and who has to hear what became of its use. Until then it counts as abandoned.
    pub(super) fn split(&mut self) -> (&mut P::Resource, impl Ending) {
        let ending =
            UsageEnding { layer: self.pool.layer(), usage: &mut self.usage, panicked: false };
        ending.usage.verdict = Verdict::Abandoned;
        (self.item.as_deref_mut().expect(GONE), ending)
    }
}

const GONE: &str = "the item leaves only as the guard is dropped";

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
        if std::thread::panicking() && !self.born_panicking {
            self.usage.verdict = Verdict::Panicked;
        }
        let Usage { verdict, timed_out } = self.usage;
        let exit = Exit::on(self.driver.clock(), verdict).timed_out(timed_out);
        self.pool.checkin(item, &exit);
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
