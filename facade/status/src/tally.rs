use std::error::Error;

use seawall::{Refusal, RefusalKind, Tick, Topic, error_text};

use crate::history::Counts;
use crate::text::shortened;

/// What one shard has counted of a protection or a component since the last sample.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How uses of a pool ended. Other counts are in statuses and in what calls are recorded.
    pub(crate) counts: Counts,
    /// Refusals of calls that went through no protection.
    pub(crate) refusals: Vec<(RefusalKind, u64)>,
    /// Retries, hedges, fallbacks and the like.
    pub(crate) extras: Vec<(Topic, u64)>,
    /// The last error that led to a refusal.
    pub(crate) error: Option<(String, Tick)>,
}

impl Tally {
    pub(crate) fn refuse(&mut self, kind: RefusalKind) {
        add(&mut self.refusals, kind, 1);
    }

    pub(crate) fn extra(&mut self, topic: Topic) {
        add(&mut self.extras, topic, 1);
    }

    /// Keeps the error that led to a refusal: the first one after each sample, since writing it allocates.
    pub(crate) fn fail(&mut self, refusal: &Refusal, at: Tick) {
        if self.error.is_none()
            && let Some(error) = refusal.source()
        {
            self.error = Some((shortened(&error_text(error)), at));
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.counts += other.counts;
        other.refusals.iter().for_each(|(kind, count)| add(&mut self.refusals, *kind, *count));
        other.extras.iter().for_each(|(topic, count)| add(&mut self.extras, *topic, *count));
        let known = self.error.as_ref().map(|(_, at)| *at);
        if let Some(error) = other.error.filter(|(_, at)| known.is_none_or(|known| known <= *at)) {
            self.error = Some(error);
        }
    }
}

fn add<K: PartialEq>(counts: &mut Vec<(K, u64)>, key: K, count: u64) {
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => *known += count,
        None => counts.push((key, count)),
    }
}
