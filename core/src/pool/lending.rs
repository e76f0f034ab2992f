use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::Pool;
use super::guard::Begin;
use super::lend::refuse_late;
use crate::{Driver, Refusal, Tick};

pin_project! {
    /// The future of a guard. A struct in place of an `async` block, and with the checkout in it from the
    /// beginning, so that neither the checkout nor what is lent is moved.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct Lending<'p, P, F, G> {
        driver: &'p Driver,
        pool: &'p P,
        is_late: bool,
        // `Tick::MAX` until the first poll.
        asked: Tick,
        #[pin]
        checkout: F,
        guard: G,
    }
}

impl<'p, P, F, G> Lending<'p, P, F, G> {
    /// Lends what `checkout` returns, in the guard that `guard` makes of it, unless the caller `is_late`. It
    /// was `asked` for at that time, or is at the first poll.
    #[inline(always)]
    pub(super) const fn new(
        driver: &'p Driver,
        pool: &'p P,
        is_late: bool,
        asked: Tick,
        checkout: F,
        guard: G,
    ) -> Self {
        Self { driver, pool, is_late, asked, checkout, guard }
    }
}

impl<'p, P: Pool, F, G, T> Future for Lending<'p, P, F, G>
where
    F: Future<Output = Result<P::Item, Refusal>>,
    G: Fn(&'p Driver, &'p P, P::Item, Begin) -> T,
{
    type Output = Result<T, Refusal>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (driver, pool) = (*this.driver, *this.pool);
        if *this.is_late {
            return Poll::Ready(Err(refuse_late(driver, pool)));
        }
        if *this.asked == Tick::MAX {
            *this.asked = if driver.is_observed() { driver.clock().now() } else { Tick::ZERO };
        }
        let polled = this.checkout.poll(cx);
        if polled.is_pending() {
            return Poll::Pending;
        }
        let begin = Begin::now(driver, *this.asked);
        Poll::Ready(match ready!(polled) {
            Ok(item) => Ok((this.guard)(driver, pool, item, begin)),
            Err(refusal) => {
                driver.emit_refusal(&refusal);
                Err(refusal)
            }
        })
    }
}
