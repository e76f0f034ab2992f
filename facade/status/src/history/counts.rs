use std::ops::{AddAssign, Sub};

use seawall::{Outcome, OutcomeCounts, Status, Verdict};
use serde::Serialize;

/// How calls ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) success: u64,
    /// Failures, overload and panics.
    pub(crate) failure: u64,
    /// Cut by the timeout or the deadline.
    pub(crate) timed_out: u64,
    pub(crate) refused: u64,
    /// Ignored, abandoned, superseded or unused.
    pub(crate) other: u64,
}

impl Counts {
    /// Counts the end of an admitted call.
    pub(crate) fn end(&mut self, verdict: Verdict, timed_out: bool) {
        match verdict {
            _ if timed_out => self.timed_out += 1,
            Verdict::Success => self.success += 1,
            Verdict::Failure | Verdict::Overload | Verdict::Panicked => self.failure += 1,
            Verdict::Ignored | Verdict::Abandoned | Verdict::Superseded | Verdict::Unused => {
                self.other += 1;
            }
        }
    }

    /// Returns the counts of a component since it was created; `None` if its status has none.
    pub(crate) fn of(status: &Status) -> Option<Self> {
        status.reading("admitted")?;
        let sum = |verdicts: &[Verdict]| -> u64 {
            verdicts.iter().filter_map(|verdict| status.reading(verdict.as_str())).sum()
        };
        Some(Self {
            success: sum(&[Verdict::Success]),
            failure: sum(&[Verdict::Failure, Verdict::Overload, Verdict::Panicked]),
            timed_out: 0,
            refused: status.reading("refused").unwrap_or(0),
            other: sum(&[
                Verdict::Ignored,
                Verdict::Abandoned,
                Verdict::Superseded,
                Verdict::Unused,
            ]),
        })
    }

    pub(crate) const fn calls(&self) -> u64 {
        self.success + self.failure + self.timed_out + self.refused + self.other
    }

    /// Returns the number of calls that were admitted and went wrong.
    pub(crate) const fn bad(&self) -> u64 {
        self.failure + self.timed_out
    }

    const fn fields(&self) -> [u64; 5] {
        [self.success, self.failure, self.timed_out, self.refused, self.other]
    }
}

impl From<&OutcomeCounts> for Counts {
    fn from(counts: &OutcomeCounts) -> Self {
        let mut all = Self::default();
        for (outcome, count) in counts.iter() {
            let field = match outcome {
                Outcome::Success => &mut all.success,
                Outcome::Failure | Outcome::Overload | Outcome::Panicked => &mut all.failure,
                Outcome::TimedOut => &mut all.timed_out,
                Outcome::Refused => &mut all.refused,
                _ => &mut all.other,
            };
            *field += count;
        }
        all
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.success += more.success;
        self.failure += more.failure;
        self.timed_out += more.timed_out;
        self.refused += more.refused;
        self.other += more.other;
    }
}

impl Sub for Counts {
    type Output = Self;

    /// Returns what was counted since `before`; all of it if the component was started anew since.
    fn sub(self, before: Self) -> Self {
        if self.fields().iter().zip(before.fields()).any(|(now, before)| *now < before) {
            return self;
        }
        Self {
            success: self.success - before.success,
            failure: self.failure - before.failure,
            timed_out: self.timed_out - before.timed_out,
            refused: self.refused - before.refused,
            other: self.other - before.other,
        }
    }
}
