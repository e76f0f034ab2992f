use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use seawall_core::{Deadline, Sleep, Tick};

use crate::gate::{Gate, News};
use crate::ledger::Ledger;

/// One stage of a checkout, which the checkout's deadline, the stage's own limit and the end of the
/// pool all may cut.
pub(crate) struct Stages<'a, H> {
    pub(crate) deadline: Deadline<'a>,
    pub(crate) gate: &'a Gate<H>,
    pub(crate) ledger: &'a Ledger,
}

impl<H> Clone for Stages<'_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Stages<'_, H> {}

/// Why a stage did not come to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    TooLong(TooLong),
    Closed,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TooLong {
    /// How long it has taken.
    pub(crate) after: Duration,
    /// Has the checkout no time left?
    pub(crate) is_all: bool,
    /// What came back before this era has been idle since the stage let its checkout wait.
    pub(crate) era: u64,
}

impl<'a, H: Send + 'static> Stages<'a, H> {
    /// What `work` gives, if it ends in time; it has `limit`, and until the deadline. A result that
    /// is there at the deadline counts. Work that never waits costs nothing besides, not even a look
    /// at the clock.
    ///
    /// `work` stays where its caller has it: moved in here, it would be copied.
    pub(crate) async fn run<F: Future>(
        self,
        limit: Option<Duration>,
        mut work: Pin<&mut F>,
    ) -> Result<F::Output, Cut> {
        let mut waiting: Option<Waiting<'a, H>> = None;
        poll_fn(|cx| {
            if waiting.is_some() && self.gate.is_closed() {
                return Poll::Ready(Err(Cut::Closed));
            }
            if let Poll::Ready(output) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            let waiting = waiting.get_or_insert_with(|| Waiting::begin(self, limit));
            waiting.poll(self, cx).map(Err)
        })
        .await
    }
}

/// A stage that has let its checkout wait.
struct Waiting<'a, H: Send + 'static> {
    since: Tick,
    until: Tick,
    era: u64,
    alarm: Option<Sleep>,
    closing: News<'a, H>,
}

impl<'a, H: Send + 'static> Waiting<'a, H> {
    fn begin(stages: Stages<'a, H>, limit: Option<Duration>) -> Self {
        let Stages { deadline, gate, ledger } = stages;
        let since = deadline.clock().now();
        let until = limit.map_or(Tick::MAX, |limit| since + limit).min(deadline.at());
        let alarm = (until != Tick::MAX).then(|| deadline.clock().sleep_until(until));
        Self { since, until, era: ledger.begin_era(), alarm, closing: gate.news() }
    }

    fn poll(&mut self, stages: Stages<'_, H>, cx: &mut Context<'_>) -> Poll<Cut> {
        // What is heard is no more than a hint: the gate knows.
        if Pin::new(&mut self.closing).poll(cx).is_ready() || stages.gate.is_closed() {
            return Poll::Ready(Cut::Closed);
        }
        let Some(alarm) = &mut self.alarm else { return Poll::Pending };
        Pin::new(alarm).poll(cx).map(|()| {
            Cut::TooLong(TooLong {
                after: self.until.since(self.since),
                is_all: self.until >= stages.deadline.at(),
                era: self.era,
            })
        })
    }
}
