use std::time::Duration;

use seawall_core::Tick;

use crate::config::ContentHash;

/// Decides when a content is handed over: when it is new, and has stayed the same for a while. Reads no
/// clock and no file.
#[derive(Debug)]
pub(super) struct Settle {
    every: Duration,
    quiet: Duration,
    /// The content that is new, and when it was seen first.
    candidate: Option<(ContentHash, Tick)>,
}

/// A content as it was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) hash: ContentHash,
    /// False if it may be half written.
    pub(super) is_complete: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// True if the content is to be handed over now.
    pub(super) is_settled: bool,
    /// The time of the next look.
    pub(super) at: Tick,
    /// The time before which not even an event brings it forward: events may come in any number.
    pub(super) earliest: Tick,
}

/// The number of `quiet` times for which an incomplete content has to stay the same.
const PATIENCE: u32 = 8;

impl Settle {
    pub(super) const fn new(every: Duration, quiet: Duration) -> Self {
        Self { every, quiet, candidate: None }
    }

    /// Takes in what was `seen`, where `handled` is what was handed over last.
    pub(super) fn look(&mut self, now: Tick, seen: Seen, handled: Option<ContentHash>) -> Next {
        let next = |is_settled, after| Next {
            is_settled,
            at: now + after,
            earliest: now + self.quiet.min(after),
        };
        if handled == Some(seen.hash) {
            self.candidate = None;
            return next(false, self.every);
        }
        let since = match self.candidate {
            Some((hash, since)) if hash == seen.hash => since,
            _ => now,
        };
        let wait = if seen.is_complete { self.quiet } else { self.quiet * PATIENCE };
        let left = wait.saturating_sub(now.since(since));
        if left.is_zero() {
            self.candidate = None;
            return next(true, self.every);
        }
        self.candidate = Some((seen.hash, since));
        // A file that is being written may be complete any time.
        next(false, left.min(self.quiet))
    }
}
