use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::{Lend, Pool, Terms};
use crate::{Refusal, Tick};

pin_project! {
    /// The future of a guard. A struct in place of an `async` block, so that what is lent is not moved from
    /// one future's memory to the next.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct Lending<'p, P: Pool, C, S, F, G> {
        lend: Lend<'p, P, C>,
        // Begins the checkout, at the first poll.
        start: Option<S>,
        #[pin]
        checkout: Option<F>,
        guard: G,
        asked: Tick,
    }
}

impl<'p, P: Pool, C, S, F, G> Lending<'p, P, C, S, F, G> {
    #[inline]
    pub(super) const fn new(lend: Lend<'p, P, C>, start: S, guard: G) -> Self {
        Self { lend, start: Some(start), checkout: None, guard, asked: Tick::ZERO }
    }
}

impl<'p, P: Pool, C, S, F, G, T> Future for Lending<'p, P, C, S, F, G>
where
    S: FnOnce(&'p P, Terms<'p>) -> F,
    F: Future<Output = Result<P::Item, Refusal>>,
    G: Fn(&Lend<'p, P, C>, P::Item, Tick) -> T,
{
    type Output = Result<T, Refusal>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(start) = this.start.take() {
            match this.lend.terms(false) {
                Ok((terms, _)) => {
                    *this.asked = terms.asked();
                    this.checkout.set(Some(start(this.lend.pool, terms)));
                }
                Err(refusal) => return Poll::Ready(Err(refusal)),
            }
        }
        let Some(checkout) = this.checkout.as_pin_mut() else {
            panic!("a checkout was polled after it had completed")
        };
        let lent = this.lend.admitted(ready!(checkout.poll(cx)));
        Poll::Ready(lent.map(|item| (this.guard)(this.lend, item, *this.asked)))
    }
}
