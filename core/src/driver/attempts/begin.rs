use std::future::Future;

use crate::Clock;
use crate::driver::limit::Limit;
use crate::driver::start::Start;
use crate::policy::{Attempt, Extra};

/// What an attempt took from the budget, and a copy from the share of hedges too. Given back if it is dropped.
pub(super) type Extras = [Option<Extra>; 2];

/// Starts the first attempt.
pub(super) struct BeginFirst<'s, F>(pub(super) &'s mut F);

impl<O: Future, F: FnMut(Attempt) -> O> Start for BeginFirst<'_, F> {
    type Operation = O;

    #[inline(always)]
    fn start(self, _limit: Option<Limit>) -> Option<O> {
        Some((self.0)(Attempt::FIRST))
    }
}

/// Starts an attempt. Only then is an extra call sent.
pub(super) struct Begin<'s, F> {
    pub(super) op: &'s mut F,
    pub(super) attempt: Attempt,
    pub(super) extras: Extras,
    pub(super) clock: &'s Clock,
}

impl<O: Future, F: FnMut(Attempt) -> O> Start for Begin<'_, F> {
    type Operation = O;

    #[inline(always)]
    fn start(self, _limit: Option<Limit>) -> Option<O> {
        for extra in self.extras.into_iter().flatten() {
            extra.send_by(self.clock);
        }
        Some((self.op)(self.attempt))
    }
}
