use std::future::Future;

use crate::Clock;
use crate::driver::limit::Limit;
use crate::driver::start::Start;
use crate::policy::{Attempt, Extra};

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
    fn start(self, _limit: Option<Limit>) -> O {
        if let Some(extra) = self.extra {
            extra.send_by(self.clock);
        }
        (self.op)(self.attempt)
    }
}
