//! The end of a service, in order.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use seawall_core::{BoxError, Clock, Layer, Name, Status, Tick, error_text};

use crate::background::{Fallible, drop_caught, poll_caught};
use crate::live::Live;

/// Work that is done once, when the calls have ended, by one shutdown at a time.
#[derive(Default)]
pub(crate) struct LastWorks {
    waiting: VecDeque<LastWork>,
    /// The work that has failed, and why.
    failed: Vec<(Name, String)>,
    /// True while a shutdown does the work.
    is_taken: bool,
    /// The work that it does now.
    under_way: Option<Name>,
}

struct LastWork {
    name: Name,
    work: Fallible,
}

impl LastWorks {
    /// Adds work, which starts when it is polled first.
    pub(crate) fn add(&mut self, name: Name, work: Fallible) {
        self.waiting.push_back(LastWork { name, work });
    }

    /// Returns the work that has failed and the work that is not done, and why.
    fn undone(&self) -> Vec<(Name, String)> {
        let waiting = self.waiting.iter().map(|work| &work.name);
        let not_done = self.under_way.iter().chain(waiting);
        let not_done = not_done.map(|name| (name.clone(), "it was not done in time".to_owned()));
        self.failed.iter().cloned().chain(not_done).collect()
    }
}

/// The right to do the last work. What is under way when it is dropped is for the next shutdown.
struct Turn<'a> {
    live: &'a Live,
    current: Option<LastWork>,
}

impl<'a> Turn<'a> {
    /// Waits for other shutdowns until `end`, and returns `None` if one still does the work then.
    async fn wait(live: &'a Live, clock: &Clock, end: Tick) -> Option<Self> {
        while std::mem::replace(&mut last_works(live).is_taken, true) {
            let now = clock.now();
            if now >= end {
                return None;
            }
            clock.sleep_until((now + EVERY).min(end)).await;
        }
        Some(Self { live, current: None })
    }

    fn next(&mut self) -> Option<&mut LastWork> {
        let mut works = last_works(self.live);
        self.current = works.waiting.pop_front();
        works.under_way = self.current.as_ref().map(|work| work.name.clone());
        drop(works);
        self.current.as_mut()
    }

    /// Does all work until `end`.
    async fn work(mut self, clock: &Clock, end: Tick) {
        while let Some(LastWork { name, work }) = self.next() {
            let ended = within(clock, end, work).await;
            let failed = ended.err().map(|cause| (name.clone(), error_text(&*cause)));
            let mut works = last_works(self.live);
            works.failed.extend(failed);
            works.under_way = None;
            drop(works);
            drop_caught(self.current.take());
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut works = last_works(self.live);
        (works.is_taken, works.under_way) = (false, None);
        if let Some(under_way) = self.current.take() {
            works.waiting.push_front(under_way);
        }
    }
}

/// What a [shutdown](crate::Infrastructure::shutdown) left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct Shutdown {
    /// The time that it took.
    pub took: Duration,
    /// The components with calls that did not end in time, or with connections that did not come back,
    /// and their number. A call counts at each of its layers.
    pub unfinished: Vec<(Layer, u64)>,
    /// The work of [`at_shutdown`](crate::Infrastructure::at_shutdown) that failed or took too long, in this
    /// or in an earlier shutdown, or that was not done in time, and why.
    pub failed: Vec<(Name, String)>,
}

impl Shutdown {
    /// Returns true if all calls ended and all work was done.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.unfinished.is_empty() && self.failed.is_empty()
    }
}

impl fmt::Display for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shut down after {:.1?}", self.took)?;
        for (layer, calls) in &self.unfinished {
            write!(f, "; not ended: {calls} at {layer}")?;
        }
        self.failed.iter().try_for_each(|(name, cause)| write!(f, "; {name} failed: {cause}"))
    }
}

/// The time between two looks at the calls that have not ended.
const EVERY: Duration = Duration::from_millis(10);

/// The part of the limit that is kept for what comes after the calls, and the most that is.
const KEPT: u32 = 4;
const MOST_KEPT: Duration = Duration::from_secs(5);

pub(crate) async fn run(live: Arc<Live>, limit: Duration) -> Shutdown {
    let clock = live.driver.clock().clone();
    let begun = clock.now();
    let end = begun + limit;
    live.refuse_calls();
    let patience = begun + limit.saturating_sub((limit / KEPT).min(MOST_KEPT));
    while clock.now() < patience && !in_flight(&live).is_empty() {
        clock.sleep_until((clock.now() + EVERY).min(patience)).await;
    }
    if let Some(turn) = Turn::wait(&live, &clock, end).await {
        turn.work(&clock, end).await;
    }
    live.close();
    while clock.now() < end && !in_flight(&live).is_empty() {
        clock.sleep_until((clock.now() + EVERY).min(end)).await;
    }
    let failed = last_works(&live).undone();
    Shutdown { took: clock.now().since(begun), unfinished: in_flight(&live), failed }
}

fn last_works(live: &Live) -> MutexGuard<'_, LastWorks> {
    live.at_shutdown.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the components with calls that have not ended, or with connections that are lent.
fn in_flight(live: &Live) -> Vec<(Layer, u64)> {
    let counts = live.statuses().into_iter().map(count);
    let mut counts: Vec<_> = counts.filter(|(_, count)| *count > 0).collect();
    for (layer, more) in live.retired.in_flight(live.driver.clock().now()) {
        match counts.iter_mut().find(|(known, _)| *known == layer) {
            Some((_, count)) => *count += more,
            None => counts.push((layer, more)),
        }
    }
    counts
}

fn count(status: Status) -> (Layer, u64) {
    let count = status.in_flight().unwrap_or(0);
    (status.layer, count)
}

/// Does `work` until `end`.
async fn within(clock: &Clock, end: Tick, work: &mut Fallible) -> Result<(), BoxError> {
    let mut sleep = pin!(clock.sleep_until(end));
    poll_fn(|cx| match poll_caught(work, cx) {
        Poll::Ready(done) => Poll::Ready(done),
        Poll::Pending => sleep.as_mut().poll(cx).map(|()| Err("it took too long".into())),
    })
    .await
}
