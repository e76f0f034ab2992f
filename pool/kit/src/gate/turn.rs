use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use seawall_core::{Deadline, Sleep, Tick};

use super::{Denied, Gate, Leave};

/// A wait for a place: whoever it completes for has taken one, and what came back with it. Dropped
/// before, it leaves the queue, and hands on what it was just given.
#[must_use = "a wait joins the queue only when it is polled"]
pub(crate) struct Turn<'g, H: Send + 'static> {
    gate: &'g Gate<H>,
    deadline: Deadline<'g>,
    /// When it began.
    since: Tick,
    ticket: Option<usize>,
    /// An alarm of its own, if its clock is not the one that the gate's goes by.
    alarm: Option<Sleep>,
}

impl<'g, H: Send + 'static> Turn<'g, H> {
    pub(super) fn new(gate: &'g Gate<H>, deadline: Deadline<'g>, now: Tick) -> Self {
        Self { gate, deadline, since: now, ticket: None, alarm: None }
    }

    fn join(&mut self, waker: &Waker) -> Poll<Result<Option<H>, Denied>> {
        let (gate, at) = (self.gate, self.deadline.at());
        let is_native = at == Tick::MAX || gate.goes_by(self.deadline.clock());
        let mut queue = gate.lock();
        match queue.try_enter() {
            Err(Denied::Full) if queue.waiting() >= gate.max_waiting => {
                return Poll::Ready(Err(Denied::Full));
            }
            Err(Denied::Full) if self.since >= at => return Poll::Ready(Err(self.too_late())),
            Err(Denied::Full) => {}
            answer => return Poll::Ready(answer),
        }
        let deadline = if is_native { at } else { Tick::MAX };
        self.ticket = Some(queue.line.join(waker.clone(), deadline));
        let sets_timer = queue.timer.advance(deadline);
        drop(queue);
        if sets_timer {
            gate.timer.set(gate);
        }
        if !is_native {
            self.alarm = Some(self.deadline.clock().sleep_until(at));
        }
        Poll::Pending
    }

    /// Looks whether its turn has come, or its end.
    fn look(&mut self, ticket: usize, cx: &mut Context<'_>) -> Poll<Result<Option<H>, Denied>> {
        let (gate, at) = (self.gate, self.deadline.at());
        let mut queue = gate.lock();
        if queue.is_closed() {
            drop(queue);
            self.give_up();
            return Poll::Ready(Err(Denied::Closed));
        }
        if let Some(given) = queue.line.claim(ticket, cx.waker()) {
            self.ticket = None;
            return Poll::Ready(Ok(given));
        }
        drop(queue);
        if at == Tick::MAX || self.alarm.is_some() {
            return Poll::Pending;
        }
        if self.deadline.clock().now() >= at {
            return self.end();
        }
        if gate.lock().timer.advance(at) {
            gate.timer.set(gate);
        }
        Poll::Pending
    }

    /// The deadline has come; but who was served meanwhile was served in time.
    fn end(&mut self) -> Poll<Result<Option<H>, Denied>> {
        let given = self.ticket.take().and_then(|ticket| self.gate.lock().line.leave(ticket));
        Poll::Ready(given.ok_or_else(|| self.too_late()))
    }

    fn too_late(&self) -> Denied {
        Denied::TooLate { after: self.deadline.at().since(self.since) }
    }

    fn give_up(&mut self) {
        let Some(ticket) = self.ticket.take() else { return };
        let given = self.gate.lock().line.leave(ticket);
        match given {
            None => {}
            Some(None) => _ = self.gate.leave(),
            Some(Some(held)) => _ = self.gate.pass_on(held),
        }
    }
}

impl<H: Send + 'static> Future for Turn<'_, H> {
    type Output = Result<Option<H>, Denied>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let turn = &mut *self;
        let answer = match turn.ticket {
            None => turn.join(cx.waker()),
            Some(ticket) => turn.look(ticket, cx),
        };
        if answer.is_pending()
            && let Some(alarm) = &mut turn.alarm
            && Pin::new(alarm).poll(cx).is_ready()
        {
            return turn.end();
        }
        answer
    }
}

impl<H: Send + 'static> Drop for Turn<'_, H> {
    fn drop(&mut self) {
        self.give_up();
    }
}
