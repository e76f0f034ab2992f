use std::future::Future;

use crate::Clock;
use crate::driver::limit::Limit;
use crate::driver::start::Start;
use crate::policy::{Attempt, Extra};
use crate::sync::{Mutex, lock};

/// Starts the first attempt.
pub(super) struct BeginFirst<'s, F>(pub(super) &'s mut F);

impl<O: Future, F: FnMut(Attempt) -> O> Start for BeginFirst<'_, F> {
    type Operation = O;

    #[inline(always)]
    fn start(self, _limit: Option<Limit>) -> Option<O> {
        Some((self.0)(Attempt::FIRST))
    }
}

/// Starts an attempt. Only then is an extra call sent; if that does not happen, it is given back.
pub(super) struct Begin<'s, F> {
    pub(super) op: &'s mut F,
    pub(super) attempt: Attempt,
    pub(super) extra: Option<Extra>,
    pub(super) clock: &'s Clock,
}

impl<O: Future, F: FnMut(Attempt) -> O> Start for Begin<'_, F> {
    type Operation = O;

    #[inline(always)]
    fn start(self, _limit: Option<Limit>) -> Option<O> {
        if let Some(extra) = self.extra {
            extra.send_by(self.clock);
        }
        Some((self.op)(self.attempt))
    }
}

/// Starts an attempt, where two may run at the same time.
pub(super) struct BeginShared<'s, F> {
    pub(super) op: &'s Mutex<F>,
    pub(super) attempt: Attempt,
    /// Taken from the budget and from the share of hedges.
    pub(super) extra: Option<[Extra; 2]>,
    pub(super) clock: &'s Clock,
}

impl<O: Future, F: FnMut(Attempt) -> O> Start for BeginShared<'_, F> {
    type Operation = O;

    fn start(self, _limit: Option<Limit>) -> Option<O> {
        for extra in self.extra.into_iter().flatten() {
            extra.send_by(self.clock);
        }
        Some((lock(self.op))(self.attempt))
    }
}
