use seawall::{Layer, RefusalKind};

use crate::past::Moment;

/// The calls that were refused, by the layer or protection that it was about, and by reason.
#[derive(Debug, Default)]
pub(crate) struct RefusalSeries(Vec<Refused>);

#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) layer: Layer,
    pub(crate) kind: RefusalKind,
    pub(crate) total: u64,
    /// What the source of the counts had counted at the last sample.
    counted: u64,
    /// Those of each second of the last minute, by the second modulo 60.
    recent: [u64; SECONDS],
    second: u64,
}

const SECONDS: usize = 60;

impl RefusalSeries {
    /// Has counts older than a minute forgotten.
    pub(crate) fn roll(&mut self, second: u64) {
        self.0.iter_mut().for_each(|entry| entry.roll(second));
    }

    /// Adds `count` refusals.
    pub(crate) fn add(&mut self, second: u64, layer: &Layer, kind: RefusalKind, count: u64) {
        let entry = self.entry(second, layer, kind);
        entry.recent[slot(second)] += count;
        entry.total += count;
    }

    /// Adds what came since the last time, when there are `counted` in all. Returns how many that are.
    pub(crate) fn count(
        &mut self,
        Moment { second, is_first, .. }: Moment,
        layer: &Layer,
        kind: RefusalKind,
        counted: u64,
    ) -> u64 {
        let entry = self.entry(second, layer, kind);
        let before = std::mem::replace(&mut entry.counted, counted);
        let new = if is_first { 0 } else { counted.saturating_sub(before) };
        self.add(second, layer, kind, new);
        new
    }

    fn entry(&mut self, second: u64, layer: &Layer, kind: RefusalKind) -> &mut Refused {
        let is_it = |known: &Refused| known.kind == kind && known.layer == *layer;
        let index = self.0.iter().position(is_it).unwrap_or_else(|| {
            let (layer, recent) = (layer.clone(), [0; SECONDS]);
            self.0.push(Refused { layer, kind, total: 0, counted: 0, recent, second });
            self.0.len() - 1
        });
        let entry = &mut self.0[index];
        entry.roll(second);
        entry
    }

    /// Returns all, those with the most refusals in the last minute first.
    pub(crate) fn most_first(&self) -> Vec<&Refused> {
        let mut all: Vec<_> = self.0.iter().filter(|entry| entry.total > 0).collect();
        all.sort_by_key(|entry| std::cmp::Reverse((entry.last_minute(), entry.total)));
        all
    }
}

impl Refused {
    pub(crate) fn last_minute(&self) -> u64 {
        self.recent.iter().sum()
    }

    /// Forgets what is older than a minute.
    fn roll(&mut self, second: u64) {
        for later in (self.second + 1..=second).rev().take(SECONDS) {
            self.recent[slot(later)] = 0;
        }
        self.second = self.second.max(second);
    }
}

fn slot(second: u64) -> usize {
    usize::try_from(second % 60).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use seawall::{Component, Tick};

    #[test]
    fn refusals_older_than_a_minute_count_in_the_total_alone() {
        let by = Layer::new(Component::Bulkhead, "b");
        let mut series = RefusalSeries::default();
        let mut count = |second, counted| {
            series.roll(second);
            let moment = Moment { second, now: Tick::ZERO, is_first: false };
            let new = series.count(moment, &by, RefusalKind::BulkheadFull, counted);
            let first = series.most_first()[0];
            (new, first.last_minute(), first.total)
        };
        assert_eq!(count(0, 1), (1, 1, 1));
        assert_eq!(count(59, 3), (2, 3, 3));
        assert_eq!(count(60, 3), (0, 2, 3));
        assert_eq!(count(100_000, 7), (4, 4, 7));
    }
}
