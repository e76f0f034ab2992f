use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

use crate::{Clock, Sleep, Tick};

/// A time by which something has to be done, and the clock that it goes by.
#[derive(Clone, Copy, Debug)]
pub struct Deadline<'c> {
    clock: &'c Clock,
    at: Tick,
}

impl<'c> Deadline<'c> {
    /// Creates a deadline at `at` by `clock`. [`Tick::MAX`] never comes.
    #[must_use]
    pub const fn new(clock: &'c Clock, at: Tick) -> Self {
        Self { clock, at }
    }

    /// Returns the clock.
    #[must_use]
    pub const fn clock(&self) -> &'c Clock {
        self.clock
    }

    /// Returns the time.
    #[must_use]
    pub const fn at(&self) -> Tick {
        self.at
    }

    /// Returns the output of `future`, or `None` if the deadline passes before; then `future` is
    /// dropped. An output that is there at the deadline counts.
    pub async fn cut<F: Future>(self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut alarm = Alarm::at(self.at);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => alarm.poll(self.clock, cx).map(|()| None),
        })
        .await
    }
}

/// A sleep that is started at its first poll. Most calls end without waiting, and starting a timer
/// costs more than the rest of a call.
pub(crate) struct Alarm {
    at: Tick,
    sleep: Option<Sleep>,
}

impl Alarm {
    pub(crate) const fn at(at: Tick) -> Self {
        Self { at, sleep: None }
    }

    pub(crate) fn poll(&mut self, clock: &Clock, cx: &mut Context<'_>) -> Poll<()> {
        if self.at == Tick::MAX {
            return Poll::Pending;
        }
        let sleep = self.sleep.get_or_insert_with(|| clock.sleep_until(self.at));
        pin!(sleep).poll(cx)
    }
}
