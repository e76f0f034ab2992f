use seawall_core::{RefusalKind, Verdict};

use crate::attribute::OTHER;

/// How a call through a protection ended: what `outcome` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ended(Verdict),
    TimedOut,
    Refused(RefusalKind),
}

const VERDICTS: usize = Verdict::ALL.len();

impl Outcome {
    /// Number of outcomes.
    pub(crate) const COUNT: usize = VERDICTS + 1 + RefusalKind::ALL.len();
    /// Number of outcomes of calls that ran, which come first.
    pub(crate) const RAN: usize = VERDICTS + 1;

    pub(crate) const fn new(verdict: Verdict, timed_out: bool) -> Self {
        if timed_out { Self::TimedOut } else { Self::Ended(verdict) }
    }

    /// Iterates over all outcomes, in the order of their index.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let ended = Verdict::ALL.iter().map(|verdict| Self::Ended(*verdict));
        let refused = RefusalKind::ALL.iter().map(|kind| Self::Refused(*kind));
        ended.chain([Self::TimedOut]).chain(refused)
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Ended(verdict) => verdict.index(),
            Self::TimedOut => VERDICTS,
            Self::Refused(kind) => VERDICTS + 1 + kind.index(),
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ended(verdict) => verdict.as_str(),
            Self::TimedOut => "timed_out",
            Self::Refused(kind) => kind.as_str(),
        }
    }

    /// Returns what went wrong, if anything did: `error.type`. An operation's own error has no name that is
    /// known to be one of a few.
    pub(crate) const fn error(self) -> Option<&'static str> {
        match self {
            Self::Ended(Verdict::Failure | Verdict::Overload | Verdict::Panicked) => Some(OTHER),
            Self::Ended(_) => None,
            Self::TimedOut | Self::Refused(_) => Some(self.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_an_index_of_its_own() {
        for (position, outcome) in Outcome::all().enumerate() {
            assert_eq!(outcome.index(), position, "{outcome:?}");
            let ran = !matches!(outcome, Outcome::Refused(_));
            assert_eq!(outcome.index() < Outcome::RAN, ran, "{outcome:?}");
        }
        assert_eq!(Outcome::all().count(), Outcome::COUNT);
    }
}
