use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall::Component;

use crate::gauge::Gauge;
use crate::order::Order;
use crate::phase::Phase;

/// What the customers of a shop saw.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Customers that wait for an answer.
    pub(crate) waiting: Gauge,
    samples: Mutex<Vec<Sample>>,
}

/// One order, as its customer saw it.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// The time from the start at which it was sent.
    pub(crate) arrival: Duration,
    pub(crate) order: Order,
    pub(crate) took: Duration,
    pub(crate) answer: Answer,
}

/// The end of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Placed(i64),
    /// The card was declined.
    Declined,
    Refused {
        by: String,
        told_when: bool,
    },
    Failed,
    /// The customer stopped waiting.
    GaveUp,
}

impl Journal {
    pub(crate) fn add(&self, sample: Sample) {
        self.samples().push(sample);
    }

    /// Returns all samples after the first `known`.
    pub(crate) fn since(&self, known: usize) -> Vec<Sample> {
        self.samples()[known..].to_vec()
    }

    fn samples(&self) -> MutexGuard<'_, Vec<Sample>> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sample {
    pub(crate) fn phase(&self) -> Phase {
        Phase::at(self.arrival)
    }

    pub(crate) fn is_placed(&self) -> bool {
        matches!(self.answer, Answer::Placed(_))
    }

    /// Returns true if the shop could do its work.
    pub(crate) fn is_served(&self) -> bool {
        matches!(self.answer, Answer::Placed(_) | Answer::Declined)
    }

    pub(crate) fn is_failed(&self) -> bool {
        matches!(self.answer, Answer::Failed | Answer::GaveUp)
    }

    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.answer, Answer::Refused { .. })
    }

    pub(crate) fn is_refused_by(&self, component: Component) -> bool {
        matches!(&self.answer, Answer::Refused { by, .. } if by == component.as_str())
    }
}

/// Returns the time within which `percent` of `samples` were answered; zero if there are none.
pub(crate) fn percentile<'s>(
    samples: impl IntoIterator<Item = &'s Sample>,
    percent: usize,
) -> Duration {
    let mut times: Vec<_> = samples.into_iter().map(|sample| sample.took).collect();
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    times.get(last * percent / 100).copied().unwrap_or_default()
}
