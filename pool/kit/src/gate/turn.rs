use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{Denied, Gate};

/// A wait for a place: whoever it completes for has taken one. Dropped before, it leaves the queue,
/// and hands on a place that it was just given.
#[must_use = "nobody is in the queue before it is polled"]
pub(crate) struct Turn<'g> {
    gate: &'g Gate,
    ticket: Option<u64>,
}

impl<'g> Turn<'g> {
    pub(super) fn new(gate: &'g Gate) -> Self {
        Self { gate, ticket: None }
    }
}

impl Future for Turn<'_> {
    type Output = Result<(), Denied>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { gate, ticket } = &mut *self;
        gate.guarded(|queue, free| {
            if queue.is_closed {
                if let Some(ticket) = ticket.take() {
                    queue.give_up(ticket, free);
                }
                return Poll::Ready(Err(Denied::Closed));
            }
            match *ticket {
                Some(mine) if queue.claim(mine, cx.waker()) => {
                    *ticket = None;
                    Poll::Ready(Ok(()))
                }
                Some(_) => Poll::Pending,
                None => match queue.try_enter(free) {
                    Err(Denied::Full) if queue.waiting() < gate.max_waiting => {
                        *ticket = Some(queue.join(cx.waker()));
                        Poll::Pending
                    }
                    answer => Poll::Ready(answer),
                },
            }
        })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.gate.guarded(|queue, free| queue.give_up(ticket, free));
        }
    }
}
