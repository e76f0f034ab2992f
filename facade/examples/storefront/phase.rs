use std::time::Duration;

/// A phase of the run: the state of the payment service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Healthy,
    Slow,
    Failing,
    Killed,
    Restarted,
}

impl Phase {
    /// All phases in order, with their length in seconds.
    const SCHEDULE: [(Self, u64); 5] = [
        (Self::Healthy, 4),
        (Self::Slow, 6),
        (Self::Failing, 5),
        (Self::Killed, 4),
        (Self::Restarted, 6),
    ];

    /// Returns the second in which each phase starts.
    pub(crate) fn starts() -> impl Iterator<Item = (u64, Self)> {
        Self::SCHEDULE.into_iter().scan(0, |second, (phase, seconds)| {
            let start = *second;
            *second += seconds;
            Some((start, phase))
        })
    }

    /// Returns the length of all phases in seconds.
    pub(crate) fn all_seconds() -> u64 {
        Self::SCHEDULE.iter().map(|(_, seconds)| seconds).sum()
    }

    /// Returns the phase at `time` after the start.
    pub(crate) fn at(time: Duration) -> Self {
        let started = Self::starts().filter(|(second, _)| *second <= time.as_secs());
        started.last().map_or(Self::Healthy, |(_, phase)| phase)
    }

    pub(crate) const fn is_outage(self) -> bool {
        matches!(self, Self::Slow | Self::Failing | Self::Killed)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Slow => "slow",
            Self::Failing => "failing",
            Self::Killed => "killed",
            Self::Restarted => "restarted",
        }
    }

    /// Returns what happens, in a sentence.
    pub(crate) const fn story(self) -> &'static str {
        match self {
            Self::Healthy => "a charge takes 20 ms",
            Self::Slow => "a charge takes 400 ms: 20 a second is all the payment service can do",
            Self::Failing => "the payment service answers 500 after 300 ms",
            Self::Killed => "the payment service's process is gone",
            Self::Restarted => "the payment service is back, and well",
        }
    }
}
