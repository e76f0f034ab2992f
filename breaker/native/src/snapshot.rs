use std::time::Duration;

use crate::{SaidBy, State};

/// What a circuit breaker carries over a restart: [`CircuitBreaker::export`] gives it,
/// [`CircuitBreaker::import`] takes it. Times are ages and remainders, since clocks start anew; one of
/// more than ten years is told as ten.
///
/// Rates are not in it: with the traffic that they are taken over, they are known again soon.
///
/// [`CircuitBreaker::export`]: crate::CircuitBreaker::export
/// [`CircuitBreaker::import`]: crate::CircuitBreaker::import
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Snapshot {
    /// The state. One that was half-open or recovering comes back as open with no time left: it
    /// begins with probes.
    pub state: State,
    /// How long it had been in that state. A circuit that heals does so by what is left of its time.
    pub since: Duration,
    /// How long it was going to stay open, if it was open.
    pub open_for: Duration,
    /// Who said how long, if it was open: the options, if nobody tells.
    #[cfg_attr(feature = "serde", serde(default))]
    pub said_by: SaidBy,
    /// How often it had opened since it was last closed.
    pub attempt: u32,
    /// How long ago the failures were that counted.
    pub failures: Vec<Duration>,
    /// How many failures there had been in a row.
    pub consecutive_failures: u32,
}

/// A snapshot that no breaker can have given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot's `{field}` {problem}")]
pub struct InvalidSnapshot {
    field: &'static str,
    problem: &'static str,
}

impl Snapshot {
    /// No time in it is longer: what lasts longer is told as this.
    pub(crate) const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

    pub(crate) fn validate(&self) -> Result<(), InvalidSnapshot> {
        let invalid = |field, problem| Err(InvalidSnapshot { field, problem });
        if self.since > Self::LONGEST {
            return invalid("since", "is longer than ten years");
        }
        if self.open_for > Self::LONGEST {
            return invalid("open_for", "is longer than ten years");
        }
        if self.state != State::Open && !self.open_for.is_zero() {
            return invalid("open_for", "is for open circuits alone");
        }
        if self.state != State::Open && self.said_by != SaidBy::Options {
            return invalid("said_by", "is for open circuits alone");
        }
        if self.state != State::Closed && !self.failures.is_empty() {
            return invalid("failures", "are counted by closed circuits alone");
        }
        if self.failures.len() > crate::BreakerOptions::MAX_COUNT as usize {
            return invalid("failures", "are more than a breaker counts");
        }
        if self.failures.iter().any(|age| *age > Self::LONGEST) {
            return invalid("failures", "are older than ten years");
        }
        Ok(())
    }
}
