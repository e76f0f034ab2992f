use std::error::Error;
use std::time::Duration;

use seawall::policy::LatencySketch;
use seawall::{Event, Layer, Refusal, RefusalKind, Tick, Topic, Verdict};

use crate::history::Counts;
use crate::recorder::Times;
use crate::text::shortened;

/// What one shard has counted of a protection or a component since the last sample.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    pub(crate) refusals: Vec<Refusals>,
    /// Retries, hedges and fallbacks.
    pub(crate) extras: Vec<(Topic, u64)>,
    /// The last error that led to a refusal.
    pub(crate) error: Option<(String, Tick)>,
    times: Times,
    idle_samples: u16,
}

/// The number of calls that one layer refused for one reason.
#[derive(Clone, Debug)]
pub(crate) struct Refusals {
    pub(crate) by: Layer,
    pub(crate) kind: RefusalKind,
    pub(crate) count: u64,
}

impl Tally {
    /// The samples after which a name that is not used any more is forgotten.
    const FORGET_AFTER: u16 = 3600;
    /// Maximum number of different layers and reasons.
    const MAX_REFUSALS: usize = 64;

    pub(crate) fn new(times: Times) -> Self {
        Self { times, ..Self::default() }
    }

    pub(crate) fn end(
        &mut self,
        event: &Event<'_>,
        verdict: Verdict,
        timed_out: bool,
        elapsed: Duration,
    ) {
        self.counts.end(verdict, timed_out);
        let times = self.times.get_or_init(LatencySketch::new);
        match verdict {
            Verdict::Unused => {}
            _ if timed_out => times.record_cut(event.at, elapsed),
            Verdict::Abandoned | Verdict::Superseded => times.record_cut(event.at, elapsed),
            _ => times.record(event.at, elapsed),
        }
    }

    pub(crate) fn refuse(&mut self, refusal: &Refusal, at: Tick) {
        self.counts.refused += 1;
        self.refused(refusal.by(), refusal.kind(), 1);
        // Once a sample: writing an error allocates.
        if self.error.is_none()
            && let Some(error) = refusal.source()
        {
            self.error = Some((chain(error), at));
        }
    }

    fn refused(&mut self, by: &Layer, kind: RefusalKind, count: u64) {
        let is_it = |known: &Refusals| known.kind == kind && known.by == *by;
        match self.refusals.iter().position(is_it) {
            Some(index) => self.refusals[index].count += count,
            None if self.refusals.len() < Self::MAX_REFUSALS => {
                self.refusals.push(Refusals { by: by.clone(), kind, count });
            }
            None => {}
        }
    }

    pub(crate) fn extra(&mut self, topic: Topic) {
        self.add_extra(topic, 1);
    }

    fn add_extra(&mut self, topic: Topic, count: u64) {
        match self.extras.iter_mut().find(|(known, _)| *known == topic) {
            Some((_, known)) => *known += count,
            None => self.extras.push((topic, count)),
        }
    }

    /// Takes what was counted, if anything was; the room for it is kept.
    pub(crate) fn take(&mut self) -> Option<Self> {
        let is_idle = self.counts == Counts::default() && self.extras.iter().all(|(_, n)| *n == 0);
        if is_idle {
            self.idle_samples += 1;
            return None;
        }
        self.idle_samples = 0;
        let taken = Self {
            counts: std::mem::take(&mut self.counts),
            refusals: self.refusals.iter().filter(|known| known.count > 0).cloned().collect(),
            extras: self.extras.clone(),
            error: self.error.take(),
            ..Self::default()
        };
        self.refusals.iter_mut().for_each(|known| known.count = 0);
        self.extras.iter_mut().for_each(|(_, count)| *count = 0);
        Some(taken)
    }

    pub(crate) const fn is_in_use(&self) -> bool {
        self.idle_samples < Self::FORGET_AFTER
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.counts += other.counts;
        for Refusals { by, kind, count } in &other.refusals {
            self.refused(by, *kind, *count);
        }
        other.extras.iter().for_each(|(topic, count)| self.add_extra(*topic, *count));
        let is_later =
            |(_, at): &(String, Tick)| self.error.as_ref().is_none_or(|(_, known)| known <= at);
        if let Some(error) = other.error.filter(is_later) {
            self.error = Some(error);
        }
    }
}

/// Returns an error with its sources, in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source.filter(|_| text.len() < 1000) {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    shortened(&text)
}
