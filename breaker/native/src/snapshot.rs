use std::time::Duration;

use crate::{OpenReason, State};

/// The state of a circuit that is carried over a restart: [`CircuitBreaker::export`] returns it,
/// [`CircuitBreaker::import`] takes it.
///
/// All times are ages or times left, since clocks start anew; a time above ten years is written as ten
/// years. The calls that rates and recent failures are taken over are not part of it.
///
/// With feature `serde`, a field that is missing reads as in [`Snapshot::new`], and one that this version
/// does not know is skipped: snapshots of older and newer versions can be read.
///
/// [`CircuitBreaker::export`]: crate::CircuitBreaker::export
/// [`CircuitBreaker::import`]: crate::CircuitBreaker::import
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Snapshot {
    /// The state. A half-open or recovering circuit comes back as an open one that is due: it begins
    /// with probes.
    pub state: State,
    /// Time in that state. A circuit that heals by itself does so after what is left of its time.
    #[cfg_attr(feature = "serde", serde(default))]
    pub since: Duration,
    /// Time that an open circuit would have stayed open.
    #[cfg_attr(feature = "serde", serde(default))]
    pub open_for: Duration,
    /// What decided that time.
    #[cfg_attr(feature = "serde", serde(default))]
    pub open_reason: OpenReason,
    /// Number of times that the circuit had opened since it was last closed.
    #[cfg_attr(feature = "serde", serde(default))]
    pub attempt: u32,
    /// Ages of the failures within the window.
    #[cfg_attr(feature = "serde", serde(default))]
    pub failures: Vec<Duration>,
    /// Number of consecutive failures.
    #[cfg_attr(feature = "serde", serde(default))]
    pub consecutive_failures: u32,
}

/// A snapshot that no breaker can have exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot's `{field}` {problem}")]
pub struct InvalidSnapshot {
    field: &'static str,
    problem: &'static str,
}

impl Snapshot {
    /// The longest time in a snapshot.
    pub(crate) const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

    /// Creates a snapshot of a circuit that has just gone into `state`, with nothing counted.
    #[must_use]
    pub const fn new(state: State) -> Self {
        Self {
            state,
            since: Duration::ZERO,
            open_for: Duration::ZERO,
            open_reason: OpenReason::Options,
            attempt: 0,
            failures: Vec::new(),
            consecutive_failures: 0,
        }
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidSnapshot> {
        let invalid = |field, problem| Err(InvalidSnapshot { field, problem });
        if self.since > Self::LONGEST {
            return invalid("since", "is longer than ten years");
        }
        if self.open_for > Self::LONGEST {
            return invalid("open_for", "is longer than ten years");
        }
        if self.state != State::Open && !self.open_for.is_zero() {
            return invalid("open_for", "is for open circuits only");
        }
        if self.state != State::Open && self.open_reason != OpenReason::Options {
            return invalid("open_reason", "is for open circuits only");
        }
        if self.state != State::Closed && !self.failures.is_empty() {
            return invalid("failures", "are counted by closed circuits only");
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
