use std::time::Duration;

use seawall_core::Verdict;
use serde::ser::{Serialize, SerializeMap, Serializer};

seawall_core::__named! {
    /// How a whole call under a protection ended: each call once.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Outcome {
        /// It succeeded.
        Success = "success",
        /// It failed.
        Failure = "failure",
        /// What it called said that it is overloaded.
        Overload = "overload",
        /// It ended in a way that says nothing about what it called.
        Ignored = "ignored",
        /// It was cut by its timeout or deadline.
        TimedOut = "timed_out",
        /// Its caller went away.
        Abandoned = "abandoned",
        /// Another copy of it ended first.
        Superseded = "superseded",
        /// It panicked.
        Panicked = "panicked",
        /// It never ran: a layer refused it.
        Refused = "refused",
    }
}

impl Outcome {
    pub(super) const fn of(verdict: Verdict, timed_out: bool) -> Self {
        match verdict {
            _ if timed_out => Self::TimedOut,
            Verdict::Success => Self::Success,
            Verdict::Overload => Self::Overload,
            Verdict::Ignored => Self::Ignored,
            Verdict::Abandoned => Self::Abandoned,
            Verdict::Superseded => Self::Superseded,
            Verdict::Panicked => Self::Panicked,
            Verdict::Unused => Self::Refused,
            _ => Self::Failure,
        }
    }

    /// Returns true if the time of such a call is only known to be longer than what it has run.
    pub(super) const fn is_cut(self) -> bool {
        matches!(self, Self::TimedOut | Self::Abandoned | Self::Superseded)
    }
}

/// Numbers of calls, by how they ended. Serializes as a map of all outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts(pub(super) [u64; Outcome::ALL.len()]);

impl OutcomeCounts {
    /// Returns the number of calls that ended so.
    #[must_use]
    pub const fn get(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    /// Returns the number of all calls.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Returns each outcome with its number of calls.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL.iter().map(|outcome| (*outcome, self.get(*outcome)))
    }

    /// Returns what was counted since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at].saturating_sub(earlier.0[at])))
    }

    /// Returns the number of calls a second, if these are the calls of `span`.
    #[must_use]
    pub fn per_second(&self, span: Duration) -> f64 {
        if span.is_zero() { 0.0 } else { self.total() as f64 / span.as_secs_f64() }
    }
}

impl Serialize for OutcomeCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.iter()
            .try_for_each(|(outcome, count)| map.serialize_entry(outcome.as_str(), &count))?;
        map.end()
    }
}
