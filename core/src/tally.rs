use crate::{Counter, Status, StripedCounters, Verdict};

/// The books of a backend: how many calls it let through and refused, and how those it let through
/// ended. They close: once no call is under way, what was admitted is the sum of all verdicts.
///
/// Kept apart by thread, so that keeping them costs next to nothing: see [`StripedCounters`].
#[derive(Debug, Default)]
pub struct Tally(StripedCounters<Books>);

#[derive(Debug, Default)]
struct Books {
    /// Let through and ended well in one, of which `admitted` and `ended` know nothing.
    passed: Counter,
    admitted: Counter,
    refused: Counter,
    ended: [Counter; Verdict::ALL.len()],
}

impl Tally {
    /// Books with nothing in them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A call was let through.
    #[inline]
    pub fn admit(&self) {
        self.0.local().add(|books| &books.admitted);
    }

    /// A call was let through and has ended as a success: [`admit`](Self::admit) and
    /// [`end`](Self::end) in one step, for what has nothing running under it.
    #[inline]
    pub fn pass(&self) {
        self.0.local().add(|books| &books.passed);
    }

    /// A call was refused.
    #[inline]
    pub fn refuse(&self) {
        self.0.local().add(|books| &books.refused);
    }

    /// A call that was let through has ended.
    #[inline]
    pub fn end(&self, verdict: Verdict) {
        self.0.local().add(|books| &books.ended[verdict.index()]);
    }

    /// `status` with the books as readings: `admitted`, `refused`, and each verdict.
    #[must_use]
    pub fn add_to(&self, status: Status) -> Status {
        let passed = self.0.sum(|books| books.passed.get());
        let status = status
            .with("admitted", passed + self.0.sum(|books| books.admitted.get()))
            .with("refused", self.0.sum(|books| books.refused.get()));
        Verdict::ALL.into_iter().fold(status, |status, verdict| {
            let ended = self.0.sum(|books| books.ended[verdict.index()].get());
            let passed = if verdict == Verdict::Success { passed } else { 0 };
            status.with(verdict.as_str(), passed + ended)
        })
    }
}
