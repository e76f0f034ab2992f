use seawall_core::{RefusalKind, Status, Verdict};

use super::Flaw;

/// What was let through, refused, and has ended how.
pub(super) struct Books {
    admitted: u64,
    refused: u64,
    ended: [u64; Verdict::ALL.len()],
    flaw: Option<Flaw>,
}

impl Books {
    pub(super) fn new(flaw: Option<Flaw>) -> Self {
        Self { admitted: 0, refused: 0, ended: [0; Verdict::ALL.len()], flaw }
    }

    pub(super) fn admit(&mut self, cost: u32) {
        let counts_tokens = self.flaw == Some(Flaw::CountsTokensForCalls);
        self.admitted += if counts_tokens { cost.into() } else { 1 };
    }

    pub(super) fn refuse(&mut self, kind: RefusalKind) {
        let forgets = self.flaw == Some(Flaw::CountsNoImpossibleCalls);
        self.refused += u64::from(!(forgets && kind == RefusalKind::CostAboveLimit));
    }

    pub(super) fn end(&mut self, verdict: Verdict) {
        let verdict = match verdict {
            Verdict::Panicked if self.flaw == Some(Flaw::BooksPanicsAsFailures) => Verdict::Failure,
            verdict => verdict,
        };
        self.ended[verdict.index()] += 1;
    }

    pub(super) fn add_to(&self, status: Status) -> Status {
        let status = status.with_counter("admitted", self.admitted, "{call}").with_counter(
            "refused",
            self.refused,
            "{call}",
        );
        Verdict::ALL.iter().copied().fold(status, |status, verdict| {
            status.with_counter(verdict.as_str(), self.ended[verdict.index()], "{call}")
        })
    }
}
