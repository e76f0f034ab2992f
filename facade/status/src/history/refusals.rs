use seawall::{Layer, RefusalKind};

use crate::tally::Refusals;

/// The calls that were refused, by the layer that refused them and its reason.
#[derive(Debug, Default)]
pub(crate) struct RefusalSeries(Vec<Refused>);

#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) by: Layer,
    pub(crate) kind: RefusalKind,
    pub(crate) total: u64,
    /// Those of each second of the last minute, by the second modulo 60.
    recent: [u64; SECONDS],
    second: u64,
}

const SECONDS: usize = 60;

impl RefusalSeries {
    pub(crate) fn add(&mut self, second: u64, refusals: &[Refusals]) {
        for Refusals { by, kind, count } in refusals {
            let index = self.0.iter().position(|known| known.kind == *kind && known.by == *by);
            let index = index.unwrap_or_else(|| {
                let (by, kind, recent) = (by.clone(), *kind, [0; SECONDS]);
                self.0.push(Refused { by, kind, total: 0, recent, second });
                self.0.len() - 1
            });
            let entry = &mut self.0[index];
            entry.roll(second);
            entry.recent[slot(second)] += count;
            entry.total += count;
        }
        self.0.iter_mut().for_each(|entry| entry.roll(second));
    }

    /// Returns all, those with the most refusals in the last minute first.
    pub(crate) fn most_first(&self) -> Vec<&Refused> {
        let mut all: Vec<_> = self.0.iter().collect();
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
    use seawall::Component;

    #[test]
    fn refusals_older_than_a_minute_count_in_the_total_alone() {
        let by = Layer::new(Component::Bulkhead, "b");
        let refused = |count| [Refusals { by: by.clone(), kind: RefusalKind::BulkheadFull, count }];
        let mut series = RefusalSeries::default();
        let seen = |series: &RefusalSeries| {
            let first = series.most_first()[0];
            (first.last_minute(), first.total)
        };
        series.add(0, &refused(1));
        series.add(59, &refused(2));
        assert_eq!(seen(&series), (3, 3));
        series.add(60, &[]);
        assert_eq!(seen(&series), (2, 3));
        series.add(100_000, &refused(4));
        assert_eq!(seen(&series), (4, 7));
    }
}
