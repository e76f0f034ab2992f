use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::shared::Shared;
use super::wait::Wait;
use super::{Library, NotLent, stage};
use crate::pool::Terms;
use crate::{Driver, Refusal};

pin_project! {
    /// A checkout from a library. A struct in place of an `async` block, so that the item is not moved
    /// from one future's memory to the next.
    pub(super) struct Checkout<'s, 'c, L: Library, G> {
        shared: &'s Shared<L>,
        driver: &'s Driver,
        terms: Terms<'c>,
        // The library's own checkout, until a refusal.
        #[pin]
        get: Option<G>,
        // Begun if the library has not answered at once.
        wait: Option<Wait<'s, 'c, L>>,
    }
}

impl<'s, 'c, L: Library, G> Checkout<'s, 'c, L, G> {
    #[inline(always)]
    pub(super) const fn new(
        shared: &'s Shared<L>,
        driver: &'s Driver,
        terms: Terms<'c>,
        get: G,
    ) -> Self {
        Self { shared, driver, terms, get: Some(get), wait: None }
    }
}

impl<L, G> Future for Checkout<'_, '_, L, G>
where
    L: Library,
    G: Future<Output = Result<L::Item, NotLent>>,
{
    type Output = Result<L::Item, Refusal>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let shared = *this.shared;
        stage::forget();
        let refusal = match this.get.as_mut().as_pin_mut() {
            Some(get) if !shared.stats.is_closed() => {
                let polled = get.poll(cx);
                // Before the item is moved, which is moved once less where no call is in between.
                if let Poll::Ready(Ok(_)) = &polled {
                    if this.wait.is_some() {
                        *this.wait = None;
                    }
                    shared.note_loan();
                    shared.report_health(this.driver);
                }
                match polled {
                    Poll::Ready(Ok(item)) => return Poll::Ready(Ok(item)),
                    Poll::Ready(Err(not_lent)) => shared.explain(not_lent),
                    Poll::Pending => ready!(poll_wait(shared, *this.terms, this.wait, cx)),
                }
            }
            _ => shared.explain(NotLent::Closed),
        };
        // Before the caller learns of it.
        *this.wait = None;
        this.get.set(None);
        shared.report_health(this.driver);
        Poll::Ready(Err(refusal))
    }
}

/// Waits until the deadline passes or the pool is closed, after the library has not answered.
#[cold]
fn poll_wait<'s, 'c, L: Library>(
    shared: &'s Shared<L>,
    terms: Terms<'c>,
    wait: &mut Option<Wait<'s, 'c, L>>,
    cx: &mut Context<'_>,
) -> Poll<Refusal> {
    let wait = match wait {
        Some(wait) => wait,
        none => match Wait::begin(shared, terms.begun()) {
            Ok(wait) => none.insert(wait),
            Err(refusal) => return Poll::Ready(refusal),
        },
    };
    let refusal = wait.poll(cx);
    // For a pool whose connect waits for this checkout, it is not the stage of its own one.
    stage::forget();
    refusal
}
