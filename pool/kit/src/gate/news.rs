use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Gate;

/// Completes when the gate is closed, or someone leaves a closed one, after this was made.
#[must_use = "nobody listens before it is polled"]
pub(crate) struct News<'g> {
    gate: &'g Gate,
    known: u64,
    ticket: Option<u64>,
}

impl<'g> News<'g> {
    pub(super) fn from_now(gate: &'g Gate) -> Self {
        let known = gate.lock().news();
        Self { gate, known, ticket: None }
    }
}

impl Future for News<'_> {
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

impl Drop for News<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.gate.lock().stop_listening(ticket);
        }
    }
}
