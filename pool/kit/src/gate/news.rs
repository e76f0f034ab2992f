use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Gate;

/// Completes when the gate is closed, or someone leaves a closed one, after this was made.
#[must_use = "futures do nothing unless polled"]
pub(crate) struct News<'g, H: Send + 'static> {
    gate: &'g Gate<H>,
    known: u64,
    ticket: Option<u64>,
}

impl<'g, H: Send + 'static> News<'g, H> {
    pub(super) fn from_now(gate: &'g Gate<H>) -> Self {
        let known = gate.lock().news();
        Self { gate, known, ticket: None }
    }
}

impl<H: Send + 'static> Future for News<'_, H> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let news = &mut *self;
        let mut queue = news.gate.lock();
        if queue.news() != news.known {
            return Poll::Ready(());
        }
        news.ticket = Some(queue.listen(news.ticket, cx.waker()));
        Poll::Pending
    }
}

impl<H: Send + 'static> Drop for News<'_, H> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.gate.lock().stop_listening(ticket);
        }
    }
}
