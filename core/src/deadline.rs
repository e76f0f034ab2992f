use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

use crate::{Clock, Sleep, Tick};

/// A time by which something has to be done, and the clock that tells when it has come.
#[derive(Clone, Copy, Debug)]
pub struct Deadline<'c> {
    clock: &'c Clock,
    at: Tick,
}

impl<'c> Deadline<'c> {
    /// The deadline `at` by `clock`; [`Tick::MAX`] never comes.
    #[must_use]
    pub const fn new(clock: &'c Clock, at: Tick) -> Self {
        Self { clock, at }
    }

    /// The clock that tells when it has come.
    #[must_use]
    pub const fn clock(&self) -> &'c Clock {
        self.clock
    }

    /// When it is.
    #[must_use]
    pub const fn at(&self) -> Tick {
        self.at
    }

    /// What `future` gives; or `None`, and `future` is dropped, if that takes too long. A result
    /// that is there at the deadline counts.
    pub async fn cut<F: Future>(self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut alarm = Alarm::at(self.clock, self.at);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => alarm.poll(cx).map(|()| None),
        })
        .await
    }
}

/// A sleep that is armed at its first poll: most answers come without waiting, and arming a timer
/// costs more than all the rest of a call.
pub(crate) struct Alarm<'c> {
    clock: &'c Clock,
    at: Tick,
    sleep: Option<Sleep>,
}

impl<'c> Alarm<'c> {
    pub(crate) fn at(clock: &'c Clock, at: Tick) -> Self {
        Self { clock, at, sleep: None }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.at == Tick::MAX {
            return Poll::Pending;
        }
        let sleep = self.sleep.get_or_insert_with(|| self.clock.sleep_until(self.at));
        pin!(sleep).poll(cx)
    }
}
