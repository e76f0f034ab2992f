use super::ending::Ending;
use super::held::Held;
use crate::protection::Protection;
use crate::{Layer, Tick, Verdict};

/// The right to run one operation, for those who cannot hand the operation over: every layer has
/// let the call through and waits to hear how it ended.
///
/// A permit that is dropped counts as [`Verdict::Abandoned`], or as [`Verdict::Panicked`] if a panic
/// drops it.
#[must_use = "a permit that is dropped counts as an abandoned call"]
pub struct Permit<'p, P: Protection> {
    held: Held<'p, P>,
    since: Option<Tick>,
    /// A permit got while a panic was on its way already says nothing of its own call by that.
    born_panicking: bool,
    /// The operation panicked where the permit was not dropped by it, in a future's poll.
    panicked: bool,
}

impl<'p, P: Protection> Permit<'p, P> {
    #[inline]
    pub(super) fn new(held: Held<'p, P>, since: Option<Tick>) -> Self {
        Self { held, since, born_panicking: std::thread::panicking(), panicked: false }
    }

    /// The operation worked.
    pub fn success(self) {
        self.settle(Verdict::Success);
    }

    /// The operation failed.
    pub fn failure(self) {
        self.settle(Verdict::Failure);
    }

    /// The operation ended with `verdict`.
    #[inline]
    pub fn settle(self, verdict: Verdict) {
        self.end(verdict, false);
    }
}

impl<P: Protection> Ending for Permit<'_, P> {
    fn label(&self) -> &Layer {
        self.held.protection.label()
    }

    fn panicked(&mut self) -> &mut bool {
        &mut self.panicked
    }

    #[inline]
    fn end(mut self, verdict: Verdict, timed_out: bool) {
        self.held.settle(verdict, timed_out, self.since);
    }
}

impl<P: Protection> Drop for Permit<'_, P> {
    #[inline]
    fn drop(&mut self) {
        let panicked = self.panicked || (std::thread::panicking() && !self.born_panicking);
        let verdict = if panicked { Verdict::Panicked } else { Verdict::Abandoned };
        self.held.settle(verdict, false, self.since);
    }
}

impl<P: Protection> std::fmt::Debug for Permit<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permit({})", Ending::label(self))
    }
}
