use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Status, Verdict};

/// The books of a backend: how many calls it let through and refused, and how those it let through
/// ended. They close: once no call is under way, what was admitted is the sum of all verdicts.
#[derive(Debug, Default)]
pub struct Tally {
    admitted: AtomicU64,
    refused: AtomicU64,
    ended: [AtomicU64; Verdict::ALL.len()],
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
        self.admitted.fetch_add(1, Ordering::Relaxed);
    }

    /// A call was refused.
    #[inline]
    pub fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// A call that was let through has ended.
    #[inline]
    pub fn end(&self, verdict: Verdict) {
        self.ended[verdict.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// `status` with the books as readings: `admitted`, `refused`, and each verdict.
    #[must_use]
    pub fn add_to(&self, status: Status) -> Status {
        let status = status
            .with("admitted", self.admitted.load(Ordering::Relaxed))
            .with("refused", self.refused.load(Ordering::Relaxed));
        Verdict::ALL.into_iter().fold(status, |status, verdict| {
            status.with(verdict.as_str(), self.ended[verdict.index()].load(Ordering::Relaxed))
        })
    }
}
