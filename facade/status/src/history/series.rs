use seawall::Tick;

use super::{Counts, Slot, Slots};
use crate::level::Level;

/// The past of one protection or component.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) seconds: Slots,
    pub(crate) minutes: Slots,
    pub(crate) total: Counts,
    /// The level now, by the last ten seconds.
    pub(crate) level: Level,
    /// When it came to that level.
    pub(crate) since: Tick,
    /// The state of a component, and since when it has it.
    pub(crate) state: Option<(&'static str, Tick)>,
    /// The number of the last second that is in here.
    second: Option<u64>,
    /// The last second with a call, or the first second.
    pub(crate) last_used: u64,
}

impl Series {
    /// The time that is kept by the second, and by the minute.
    pub(crate) const SECONDS: usize = 300;
    pub(crate) const MINUTES: usize = 60;
    /// The time that the present level is about.
    const RECENT: usize = 10;

    pub(crate) fn new(now: Tick) -> Self {
        Self {
            seconds: Slots::new(Self::SECONDS),
            minutes: Slots::new(Self::MINUTES),
            total: Counts::default(),
            level: Level::Idle,
            since: now,
            state: None,
            second: None,
            last_used: 0,
        }
    }

    /// Adds what happened up to `now`, which is in `second`. `by_state` is the level that it has whatever
    /// its calls do.
    pub(crate) fn add(&mut self, second: u64, now: Tick, mut slot: Slot, by_state: Level) {
        // What is not known is left out, for an hour at most.
        let is_first = self.second.is_none();
        let first = self.second.map_or(second, |last| last + 1);
        for missing in first.max(second.saturating_sub(3600))..second {
            self.push(missing, Slot::default());
        }
        slot.level = Some(Level::of_calls(&slot.counts).max(by_state));
        self.push(second, slot);
        self.second = Some(second);
        if is_first || slot.counts != Counts::default() {
            self.last_used = second;
        }
        self.total += slot.counts;
        let level = Level::of_calls(&self.recent()).max(by_state);
        if level != self.level {
            (self.level, self.since) = (level, now);
        }
    }

    /// Returns how the calls of the last ten seconds ended.
    pub(crate) fn recent(&self) -> Counts {
        self.seconds.sum(Self::RECENT).0
    }

    /// Has the component in `state` at `now`.
    pub(crate) fn set_state(&mut self, state: &'static str, now: Tick) {
        if self.state.is_none_or(|(before, _)| before != state) {
            self.state = Some((state, now));
        }
    }

    fn push(&mut self, second: u64, slot: Slot) {
        self.seconds.push(slot);
        match self.minutes.last_mut() {
            Some(minute) if !second.is_multiple_of(60) => minute.merge(&slot),
            _ => self.minutes.push(slot),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(success: u64) -> Slot {
        Slot { counts: Counts { success, ..Counts::default() }, ..Slot::default() }
    }

    #[test]
    fn seconds_add_up_to_minutes_and_gaps_are_known_as_such() {
        let mut series = Series::new(Tick::ZERO);
        for second in [0, 1, 59, 61, 125] {
            series.add(second, Tick::from_millis(second * 1000), calls(1), Level::Idle);
        }
        let minutes: Vec<_> = series.minutes.last(60).map(|slot| slot.counts.success).collect();
        assert_eq!(minutes, [3, 1, 1]);
        assert_eq!(series.seconds.sum(5).0.success, 1);
        assert_eq!(series.seconds.sum(300), (Counts { success: 5, ..Counts::default() }, 126));
        assert_eq!(series.seconds.last(2).next().and_then(|slot| slot.level), None);
        // After a very long gap there is an hour without calls.
        series.add(1_000_000, Tick::from_millis(1), calls(7), Level::Idle);
        assert_eq!(series.minutes.last(60).count(), Series::MINUTES);
        assert_eq!(series.minutes.sum(60).0.success, 7);
    }

    #[test]
    fn the_level_follows_the_last_ten_seconds_and_the_state() {
        let mut series = Series::new(Tick::ZERO);
        let refused =
            Slot { counts: Counts { refused: 3, ..Counts::default() }, ..Slot::default() };
        series.add(0, Tick::from_millis(10), refused, Level::Idle);
        assert_eq!((series.level, series.since), (Level::Refusing, Tick::from_millis(10)));
        series.add(1, Tick::from_millis(1010), calls(1), Level::Idle);
        assert_eq!((series.level, series.since), (Level::Warning, Tick::from_millis(1010)));
        for second in 2..12 {
            series.add(second, Tick::from_millis(second * 1000), calls(1), Level::Idle);
        }
        assert_eq!(series.level, Level::Ok);
        series.add(12, Tick::from_millis(12_000), calls(1), Level::Refusing);
        assert_eq!(series.level, Level::Refusing, "the circuit is open");
    }
}
