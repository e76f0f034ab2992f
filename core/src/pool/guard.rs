use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::{Detach, Pool};
use crate::driver::ending::Ending;
use crate::{Class, Detail, Driver, Exit, Layer, Tick, Topic, Verdict};

/// A guard that borrows its pool.
pub type Lent<'p, P> = Guard<&'p Driver, &'p P, P>;

/// A guard that owns a handle to its pool, so that it can move to another task or thread.
pub type OwnedLent<P> = Guard<Driver, P, P>;

/// A lent resource. It returns to its pool when this is dropped, and is closed if a panic drops it.
///
/// A dropped guard does not show whether a request was running. If the future that holds it may be
/// dropped, use [`Lend::with`](super::Lend::with), which closes the resource in that
/// case, or [`discard`](Guard::discard) it unless everything succeeded.
#[must_use = "a guard that is dropped returns its resource at once"]
pub struct Guard<D: Borrow<Driver>, H: Borrow<P>, P: Pool> {
    driver: D,
    pool: H,
    /// Taken only when the resource is returned.
    item: Option<P::Item>,
    begin: Begin,
    usage: Usage,
    of: PhantomData<fn() -> P>,
}

/// The beginning of a loan. Known before the item is moved into its guard, so that it is moved once less.
#[derive(Clone, Copy)]
pub(super) struct Begin {
    /// The time at which it was asked for.
    asked: Tick,
    /// The time at which it was lent, for telemetry.
    since: Option<Tick>,
    /// True if the thread was unwinding already.
    is_panicking: bool,
}

impl Begin {
    /// Begins a loan now that was `asked` for at that time.
    #[inline(always)]
    pub(super) fn now(driver: &Driver, asked: Tick) -> Self {
        let since = driver.is_observed().then(|| driver.clock().now());
        Self { asked, since, is_panicking: std::thread::panicking() }
    }
}

/// How the use of a resource ended.
#[derive(Clone, Copy)]
struct Usage {
    verdict: Verdict,
    timed_out: bool,
    discarded: bool,
    /// True if a panic that drops the guard is the borrower's.
    blames_unwinding: bool,
}

impl Usage {
    const fn new(verdict: Verdict) -> Self {
        Self { verdict, timed_out: false, discarded: false, blames_unwinding: false }
    }
}

impl<D: Borrow<Driver>, H: Borrow<P>, P: Pool> Guard<D, H, P> {
    #[inline(always)]
    pub(super) fn new(driver: D, pool: H, item: P::Item, begin: Begin) -> Self {
        let (item, usage, of) = (Some(item), Usage::new(Verdict::Success), PhantomData);
        Self { driver, pool, item, begin, usage, of }
    }

    /// Takes a panic that drops this for the borrower's: for guards of one thread.
    pub(super) fn blame_unwinding(mut self) -> Self {
        self.usage.blames_unwinding = true;
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

    /// Takes the resource out of the pool for good. The pool may create another in its place.
    ///
    /// # Panics
    /// Never: the resource is there until the guard is dropped.
    #[must_use = "the resource is closed if it is dropped"]
    pub fn take(mut self) -> P::Resource
    where
        P: Detach,
    {
        let item = self.item.take().expect(GONE);
        self.pool.borrow().detach(item)
    }

    /// Lends the resource to `prepare` before its use begins. Until [`started`](Self::started), it is
    /// closed when this is dropped, and the use is not reported.
    pub(super) fn preparing(&mut self) -> &mut P::Resource {
        self.usage = Usage { discarded: true, ..Usage::new(Verdict::Unused) };
        self.item.as_deref_mut().expect(GONE)
    }

    /// The preparation has succeeded.
    pub(super) fn started(&mut self) {
        self.usage = Usage::new(Verdict::Success);
    }

    /// Closes the resource when this is dropped, whatever the result of its use.
    pub(super) fn mark_discarded(&mut self) {
        self.usage.discarded = true;
    }

    /// Returns the resource, and the receiver of the result of its use; until it has one, the use
    /// counts as abandoned.
    pub(super) fn split(&mut self) -> (&mut P::Resource, impl Ending) {
        let layer = self.pool.borrow().layer();
        let ending = UsageEnding { layer, usage: &mut self.usage, panicked: false };
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
        *self.usage = Usage { timed_out, ..Usage::new(class.verdict) };
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

impl<D: Borrow<Driver>, H: Borrow<P>, P: Pool> Deref for Guard<D, H, P> {
    type Target = P::Resource;

    fn deref(&self) -> &P::Resource {
        self.item.as_deref().expect(GONE)
    }
}

impl<D: Borrow<Driver>, H: Borrow<P>, P: Pool> DerefMut for Guard<D, H, P> {
    fn deref_mut(&mut self) -> &mut P::Resource {
        self.item.as_deref_mut().expect(GONE)
    }
}

impl<D: Borrow<Driver>, H: Borrow<P>, P: Pool> Drop for Guard<D, H, P> {
    fn drop(&mut self) {
        if self.item.is_none() {
            return;
        }
        let (driver, pool) = (self.driver.borrow(), self.pool.borrow());
        let Usage { verdict, timed_out, discarded, blames_unwinding } = self.usage;
        // A task that unwinds drops all that it holds, whichever part of it panicked. So the resource
        // is closed, but the panic is the borrower's only where the borrower is one thread.
        let verdict = match verdict {
            Verdict::Success if std::thread::panicking() && !self.begin.is_panicking => {
                if blames_unwinding {
                    Verdict::Panicked
                } else {
                    Verdict::Abandoned
                }
            }
            verdict => verdict,
        };
        let exit = Exit::on(driver.clock(), verdict).timed_out(timed_out).discarding(discarded);
        pool.checkin_from(&mut self.item, &exit);
        if verdict == Verdict::Unused {
            return;
        }
        driver.emit(Topic::TransactionExecuted, pool.layer(), || Detail::Executed {
            verdict,
            timed_out,
            elapsed: self.begin.since.map_or(Duration::ZERO, |lent| exit.now().since(lent)),
            waited: self.begin.since.map(|lent| lent.since(self.begin.asked)),
        });
    }
}

impl<D: Borrow<Driver>, H: Borrow<P>, P: Pool> fmt::Debug for Guard<D, H, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lent({})", self.pool.borrow().layer())
    }
}
